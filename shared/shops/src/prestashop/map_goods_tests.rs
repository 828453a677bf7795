//! Lines, vouchers, payments and refunds, to the cent.

use super::*;

#[test]
fn a_price_of_48_twice_with_20_percent_off_and_one_refunded_leaves_38_40() {
    let fields = with(
        &totals("76.80", "76.80"),
        &[("total_discounts_tax_excl", "19.20"), ("total_discounts_tax_incl", "19.20")],
    );
    let mut dossier = dossier(&fields, &[("1", "2", "96.00", "96.00")]);
    dossier.promotions = vec![voucher("4", "19.20", "19.20", &[])];
    // The voucher is kept back: the slip is for less than its line says.
    let given = [
        ("total_products_tax_excl", "48.00"),
        ("total_products_tax_incl", "38.40"),
        ("amount", "48.00"),
        ("order_slip_type", "1"),
    ];
    dossier.slips = vec![slip(&given, &[("1", "1", "48.00", "48.00")])];
    let order = map(&dossier).expect("understood");
    assert_eq!((order.lines[0].discount, order.lines[0].net), (money("19.20"), money("76.80")));
    assert_eq!(order.refunds[0].lines[0].net, money("38.40"));
    assert_eq!(order.total_after_refunds(), money("38.40"));
}

#[test]
fn a_refund_at_full_price_takes_no_more_of_a_line_than_it_cost() {
    let fields = with(
        &totals("76.80", "76.80"),
        &[("total_discounts_tax_excl", "19.20"), ("total_discounts_tax_incl", "19.20")],
    );
    let mut dossier = dossier(&fields, &[("1", "1", "48.00", "48.00"), ("2", "1", "48.00", "48.00")]);
    dossier.promotions = vec![voucher("4", "19.20", "19.20", &[])];
    let given =
        [("total_products_tax_excl", "48.00"), ("total_products_tax_incl", "48.00"), ("amount", "48.00")];
    dossier.slips = vec![slip(&given, &[("1", "1", "48.00", "48.00")])];
    let order = map(&dossier).expect("understood");
    assert_eq!((order.refunds[0].lines[0].net, order.refunds[0].total), (money("38.40"), money("48.00")));
}

#[test]
fn an_amount_that_was_chosen_is_the_refund_and_its_lines_share_it() {
    let mut dossier =
        dossier(&totals("100.00", "120.00"), &[("1", "1", "50.00", "60.00"), ("2", "1", "50.00", "60.00")]);
    let given = [
        ("total_products_tax_excl", "100.00"),
        ("total_products_tax_incl", "120.00"),
        ("amount", "30.00"),
        ("order_slip_type", "2"),
    ];
    dossier.slips = vec![slip(&given, &[("1", "1", "50.00", "60.00"), ("2", "1", "50.00", "60.00")])];
    let order = map(&dossier).expect("understood");
    let refund = &order.refunds[0];
    assert_eq!(refund.total, money("30.00"));
    assert_eq!((refund.lines[0].net, refund.lines[0].vat), (money("12.50"), money("2.50")));
}

#[test]
fn vouchers_for_chosen_articles_are_found_by_their_vat() {
    let lines = [("1", "1", "100.00", "105.50"), ("2", "1", "100.00", "120.00")];
    let fields = with(
        &totals("190.00", "213.50"),
        &[("total_discounts_tax_excl", "10.00"), ("total_discounts_tax_incl", "12.00")],
    );
    let mut own = dossier(&fields, &lines);
    own.promotions = vec![voucher("4", "10.00", "12.00", &[])];
    let order = map(&own).expect("understood");
    let discounts: Vec<Money> = order.lines.iter().map(|line| line.discount).collect();
    assert_eq!(discounts, [Money::ZERO, money("10.00")]);
    assert_eq!((order.lines[0].vat, order.lines[1].vat), (money("5.50"), money("18.00")));

    let fields = with(
        &totals("190.00", "210.50"),
        &[("total_discounts_tax_excl", "10.00"), ("total_discounts_tax_incl", "15.00")],
    );
    let mut impossible = dossier(&fields, &lines);
    impossible.promotions = vec![voucher("4", "10.00", "15.00", &[])];
    let rejection = map(&impossible).expect_err("VAT of 50 %");
    assert_eq!(
        (rejection.code.as_str(), rejection.field.as_str()),
        ("totals_mismatch", "orders[7].total_discounts_tax_incl")
    );
}

#[test]
fn a_voucher_for_one_article_or_a_gift_is_taken_off_that_line() {
    let lines = [("1", "1", "100.00", "105.50"), ("2", "1", "100.00", "105.50")];
    for (bound, discounts) in [("reduction_product", ["0.00", "10.00"]), ("gift_product", ["0.00", "10.00"])]
    {
        let fields = with(
            &totals("190.00", "200.45"),
            &[("total_discounts_tax_excl", "10.00"), ("total_discounts_tax_incl", "10.55")],
        );
        let mut dossier = dossier(&fields, &lines);
        dossier.promotions = vec![voucher("4", "10.00", "10.55", &[])];
        dossier.rules = vec![row(CART_RULES, &[("id", "4"), ("code", "CODE"), (bound, "2")], "")];
        let order = map(&dossier).expect("understood");
        assert_eq!(order.lines.iter().map(|line| line.discount.to_string()).collect::<Vec<_>>(), discounts);
        assert_eq!(order.promotions[0].code, "CODE");
    }
}

#[test]
fn free_delivery_takes_nothing_off_the_goods() {
    let fields = [
        ("total_paid_tax_excl", "100.00"),
        ("total_paid_tax_incl", "105.50"),
        ("total_shipping_tax_excl", "7.00"),
        ("total_shipping_tax_incl", "8.40"),
        ("total_discounts_tax_excl", "7.00"),
        ("total_discounts_tax_incl", "8.40"),
        ("id_carrier", "2"),
    ];
    let mut dossier = dossier(&fields, &[("1", "1", "100.00", "105.50")]);
    dossier.promotions = vec![voucher("4", "7.00", "8.40", &[("free_shipping", "1")])];
    let order = map(&dossier).expect("understood");
    assert_eq!((order.lines[0].discount, order.charges[0].net), (Money::ZERO, Money::ZERO));
    assert_eq!((order.charges[0].label.as_str(), order.promotions[0].amount), ("My carrier", money("7.00")));
}

#[test]
fn a_discount_without_its_vouchers_is_set_aside_with_both_figures() {
    let fields = with(
        &totals("80.00", "80.00"),
        &[("total_discounts_tax_excl", "20.00"), ("total_discounts_tax_incl", "20.00")],
    );
    let mut dossier = dossier(&fields, &[("1", "1", "100.00", "100.00")]);
    dossier.promotions =
        vec![voucher("4", "15.00", "15.00", &[]), voucher("5", "5.00", "5.00", &[("deleted", "1")])];
    let rejection = map(&dossier).expect_err("5.00 are missing");
    assert_eq!(rejection.value, "shop says 20.00, its vouchers give 15.00");
}

#[test]
fn lines_that_the_shop_rounds_only_in_total_add_up() {
    let lines =
        [("1", "1", "1.004", "1.05922"), ("2", "1", "1.004", "1.05922"), ("3", "1", "1.004", "1.05922")];
    let order = map(&dossier(&totals("3.012", "3.17766"), &lines)).expect("understood");
    assert_eq!((order.total, order.vat_total), (money("3.18"), money("0.17")));
}

#[test]
fn what_is_no_matter_of_rounding_is_set_aside_with_both_figures() {
    let order = dossier(&totals("1240.70", "1240.70"), &[("1", "36", "1240.56", "1240.56")]);
    let rejection = map(&order).expect_err("14 cents");
    assert_eq!(
        (rejection.code.as_str(), rejection.value.as_str()),
        ("totals_mismatch", "shop says 1240.70, its parts give 1240.56")
    );
}

#[test]
fn a_rate_is_the_shops_own_or_the_one_that_made_the_amounts() {
    let order =
        map(&dossier(&totals("100.00", "102.10"), &[("1", "1", "100.00", "102.10")])).expect("understood");
    assert_eq!(order.lines[0].vat_rate.to_string(), "2.1");
    let rejection =
        map(&dossier(&totals("100.00", "107.00"), &[("1", "1", "100.00", "107.00")])).expect_err("7 %");
    assert_eq!(
        (rejection.code.as_str(), rejection.value.as_str()),
        ("unknown_vat_rate", "VAT 7.00 on 100.00")
    );
}

#[test]
fn what_is_not_paid_yet_is_promised_by_the_chosen_means() {
    let mut order = dossier(&totals("100.00", "100.00"), &[("1", "1", "100.00", "100.00")]);
    let paid = |order: &Dossier| {
        let payments = map(order).expect("understood").payments;
        payments
            .into_iter()
            .map(|payment| format!("{} {}", payment.method, payment.amount))
            .collect::<Vec<_>>()
    };
    assert_eq!(paid(&order), ["ps_wirepayment 100.00"]);
    order.payments = vec![payment("2", "30.00", "virement"), payment("1", "20.00", "Carte cadeau")];
    assert_eq!(paid(&order), ["Carte cadeau 20.00", "ps_wirepayment 30.00", "ps_wirepayment 50.00"]);
    order.payments = vec![payment("1", "100.00", "Virement"), payment("2", "-10.00", "Virement")];
    assert_eq!(paid(&order), ["ps_wirepayment 100.00"], "what was paid back is read from its slip");
    order.payments = vec![
        payment("1", "100.00", "Virement"),
        payment("2", "100.00", "Carte"),
        payment("3", "-100.00", "Carte"),
    ];
    assert_eq!(paid(&order), ["ps_wirepayment 100.00"], "a correction");
    order.payments = vec![payment("1", "126.30", "Virement")];
    assert_eq!(map(&order).expect_err("too much").value, "shop says 100.00, its parts give 126.30");
}

#[test]
fn payments_for_one_cart_fill_its_orders_one_after_the_other() {
    let sibling = |id: &str, total: &str| row(ORDERS, &[("id", id), ("total_paid_tax_incl", total)], "");
    let mut own = dossier(&totals("60.00", "60.00"), &[("1", "1", "60.00", "60.00")]);
    own.siblings = vec![sibling("9", "10.00"), sibling("5", "30.00"), sibling("7", "60.00")];
    own.payments = vec![payment("1", "50.00", "Virement"), payment("2", "50.00", "Carte")];
    let order = map(&own).expect("understood");
    assert_eq!(order.number, "ABCDEFGHI#2");
    let amounts: Vec<String> = order.payments.iter().map(|payment| payment.amount.to_string()).collect();
    assert_eq!(amounts, ["20.00", "40.00"]);
}
