//! The orders of the golden files: what shops really send, one case each.

use passerelle_domain::{
    Charge, ChargeKind, CustomerCode, Order, OrderState, Payment, Promotion, Refund, RefundLine, Unit,
};

use crate::samples::*;

/// An order whose figures follow from its lines and charges, paid by card.
fn sample(id: &str, lines: Vec<passerelle_domain::OrderLine>, charges: Vec<Charge>) -> Order {
    let order = order(id, lines, charges);
    order.check().expect("adds up");
    order
}

/// Without a code of the shop's: the layout's list knows the customer by SIRET.
fn business_order() -> Order {
    let mut order = sample(
        "1044",
        vec![
            // As on the market floor: the case is sold by the case here, by the kilogram in the ERP.
            line("1", "TOM-6", "2", Unit::Case, "13.35", "0", "5.5"),
            line("2", "POIR-KG", "2.125", Unit::Kilogram, "3.98", "0", "5.5"),
        ],
        vec![delivery("12.50", "20")],
    );
    order.customer.code = None;
    order.customer.siret = passerelle_domain::Siret::new("40483304800022").ok();
    order.customer.vat_number = "FR83404833048".into();
    order
}

/// A comment at no price, and a line that the shop made without an article.
fn free_lines() -> Order {
    let mut comment = line("1", "X", "1", Unit::Piece, "0", "0", "20");
    (comment.article, comment.label) = (None, "Livrer à l’arrière, s’il vous plaît".into());
    let mut gift = line("2", "X", "1", Unit::Piece, "4.17", "0", "20");
    (gift.article, gift.label) = (None, "Carte « Joyeuses fêtes »".into());
    sample("1045", vec![comment, gift, line("3", "00451", "1", Unit::Piece, "48.00", "0", "20")], vec![])
}

/// 10 % on everything and then 5.00 on two lines, at two rates; delivery at half price, paid by
/// transfer and voucher; known by the shop's id; the town left out.
fn stacked_promotions() -> Order {
    let mut half = delivery("6.25", "20");
    half.label = "Livraison Paris".into();
    let mut order = sample(
        "1046",
        vec![
            line("1", "POIR-KG", "10", Unit::Kilogram, "3.98", "6.91", "5.5"),
            line("2", "00451", "1", Unit::Piece, "48.00", "6.87", "20"),
        ],
        vec![half],
    );
    order.promotions = vec![
        Promotion { code: "MOINS10".into(), amount: money("8.78") },
        Promotion { code: "CINQ".into(), amount: money("5.00") },
    ];
    order.customer.code = None;
    order.customer.shop_id = Some("77".into());
    order.customer.name = "Chez Łucja".into();
    (order.delivery.postcode, order.delivery.city) = ("75011".into(), "Paris".into());
    order.payments = vec![
        Payment {
            method: "bacs".into(),
            label: "Virement".into(),
            amount: order.total - money("20.00"),
            reference: "VIR-88".into(),
        },
        Payment {
            method: "gift_card".into(),
            label: "Bon".into(),
            amount: money("20.00"),
            reference: "B-2".into(),
        },
    ];
    order
}

/// Delivery in two parts at two rates and a fee; known by the e-mail address.
fn two_deliveries() -> Order {
    let mut cold = delivery("8.00", "5.5");
    (cold.id, cold.label) = ("cold".into(), "Camion frigorifique".into());
    let deposit = Charge {
        id: "deposit".into(),
        kind: ChargeKind::Fee,
        label: "Consigne caisses".into(),
        net: money("4.00"),
        vat_rate: "0".parse().expect("a rate"),
        vat: money("0"),
    };
    let mut order = sample(
        "1047",
        vec![line("1", "OEUF-30", "3", Unit::Piece, "7.4321", "0", "5.5")],
        vec![delivery("5.00", "20"), cold, deposit],
    );
    order.customer.code = None;
    order.customer.email = "Traiteur@Example.org".into();
    order.payments[0].method = "bitcoin".into();
    order
}

/// The orders of the first night.
pub fn first_night() -> Vec<Order> {
    let mut orders = vec![
        busy_order(),
        plain_order(),
        business_order(),
        free_lines(),
        stacked_promotions(),
        two_deliveries(),
    ];
    for order in &mut orders {
        // What busy_order and plain_order pay with stays; all have an account.
        order.customer.shop_id.get_or_insert_with(|| "42".into());
    }
    orders
}

/// A customer that no list knows, and a guest: only a layout that creates customers takes them.
pub fn strangers() -> Vec<Order> {
    let mut newcomer =
        sample("1048", vec![line("1", "POIR-KG", "1", Unit::Kilogram, "3.98", "0", "5.5")], vec![]);
    newcomer.customer.code = None;
    newcomer.customer.shop_id = Some("901".into());
    newcomer.customer.name = "Crêperie de l’Étoile".into();
    newcomer.customer.email = "etoile@example.org".into();
    newcomer.delivery.city = String::new();
    let mut guest = sample("1049", vec![line("1", "00451", "1", Unit::Piece, "48.00", "0", "20")], vec![]);
    guest.customer.code = None;
    vec![newcomer, guest]
}

/// What changed the day after: each as the ERP has it and as it is now.
pub fn changes() -> Vec<(Order, Order)> {
    let before = |id: &str| {
        let lines = vec![
            line("1", "POIR-KG", "3", Unit::Kilogram, "3.98", "0", "5.5"),
            line("2", "00451", "2", Unit::Piece, "48.00", "19.20", "20"),
        ];
        let mut order = sample(id, lines, vec![delivery("12.50", "20")]);
        order.customer.code = CustomerCode::new("C00042").ok();
        order
    };
    let again = |id: &str, lines: Vec<passerelle_domain::OrderLine>| {
        let mut after = sample(id, lines, vec![delivery("12.50", "20")]);
        after.customer = before(id).customer;
        after
    };
    let leeks = |quantity| line("1", "POIR-KG", quantity, Unit::Kilogram, "3.98", "0", "5.5");
    let oil = || line("2", "00451", "2", Unit::Piece, "48.00", "19.20", "20");

    let more = again("2001", vec![leeks("5"), oil()]);
    let without_leeks = again("2002", vec![oil()]);
    let mut moved = before("2003");
    (moved.delivery.line1, moved.delivery.city) = ("7 avenue de Flandre".into(), "Thiais".into());
    moved.delivery.postcode = "94320".into();
    let cancelled = Order { state: OrderState::Cancelled, shop_state: "cancelled".into(), ..before("2004") };
    let mut returned = before("2005");
    returned.refunds = vec![refund("2", "1", "38.40", "7.68")];
    let mut goodwill = before("2006");
    goodwill.refunds = vec![refund("2", "0", "5.00", "1.00")];
    let mut exchanged = before("2007");
    let mut wine = line("3", "VIN-6", "1", Unit::Piece, "42.00", "0", "20");
    wine.label = "Vin rouge, carton de 6".into();
    exchanged.lines.push(wine);
    exchanged.total += money("50.40");
    exchanged.vat_total += money("8.40");
    exchanged.payments[0].amount = exchanged.total;
    exchanged.refunds = vec![refund("2", "2", "76.80", "15.36")];
    vec![
        (before("2001"), more),
        (before("2002"), without_leeks),
        (before("2003"), moved),
        (before("2004"), cancelled),
        (before("2005"), returned),
        (before("2006"), goodwill),
        (before("2007"), exchanged),
    ]
}

/// All of an order given back.
pub fn refunded_in_full(order: &Order) -> Order {
    let of = |id: &str, quantity, net, vat| RefundLine { id: id.into(), quantity, net, vat };
    let lines = order.lines.iter().map(|line| of(&line.id, line.quantity, line.net, line.vat));
    let charges = order.charges.iter().map(|charge| of(&charge.id, 1.into(), charge.net, charge.vat));
    let refund = Refund {
        id: "all".into(),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        reason: "annulée".into(),
        total: order.total,
        lines: lines.chain(charges).collect(),
    };
    Order { refunds: vec![refund], ..order.clone() }
}
