//! Accounts of customers: where their invoices are. The shop is asked for each invoice, so nothing here
//! decides where one goes; it shows what was published elsewhere when a shop names another account.

use jiff::Timestamp;
use passerelle_domain::{CustomerCode, InvoiceNumber, Result, ShopId};

use crate::access::Step;
use crate::records::{InvoiceInAccount, account_pk, customer_key, customer_pk};
use crate::table::{Record, decode};
use crate::{CustomerAccount, Ledger, Window};

impl Ledger {
    /// Records that an invoice of an ERP customer is in an account of a shop. Returns the account of the
    /// customer's invoices before, if that was another. Repeating it changes nothing.
    pub async fn invoice_in_account(
        &self,
        code: &CustomerCode,
        number: &InvoiceNumber,
        (shop, account): (&ShopId, &str),
        now: Timestamp,
    ) -> Result<Option<(ShopId, String)>> {
        let held = || InvoiceInAccount {
            shop: shop.clone(),
            shop_customer: account.to_owned(),
            code: code.clone(),
            number: number.clone(),
        };
        self.create(
            "record invoice in account",
            &held().key(),
            |kept: Option<InvoiceInAccount>| match kept {
                Some(_) => Step::Leave(()),
                None => Step::Write(held(), ()),
            },
        )
        .await?;
        let (doing, key) = ("record account", customer_key(code));
        let linked = match self.read::<CustomerAccount>(doing, &key).await? {
            Some(known) if known.record.is(shop, account) => return Ok(None),
            Some(_) => Vec::new(),
            None => self.linked(code).await?,
        };
        self.change(doing, &key, |known: Option<CustomerAccount>| {
            let before = match &known {
                Some(known) if known.is(shop, account) => return Step::Leave(None),
                Some(known) => Some(known),
                None if linked.iter().any(|link| link.is(shop, account)) => None,
                None => linked.first(),
            };
            let before = before.map(|before| (before.shop.clone(), before.shop_customer.clone()));
            let next = CustomerAccount {
                code: code.clone(),
                shop: shop.clone(),
                shop_customer: account.to_owned(),
                since: Some(now),
                before: before.clone(),
                history: known.map(|known| known.history).unwrap_or_default(),
            };
            Step::Write(next, before)
        })
        .await
    }

    /// The account that a customer's last invoice was put into.
    pub async fn customer_account(&self, code: &CustomerCode) -> Result<Option<CustomerAccount>> {
        match self.read::<CustomerAccount>("read account", &customer_key(code)).await? {
            Some(known) => Ok(Some(known.record)),
            None => Ok(self.linked(code).await?.into_iter().next()),
        }
    }

    /// Customers whose invoices go to another account than before, by the time of the change. The list
    /// may lag behind by seconds.
    pub async fn accounts_changed(&self, window: Window) -> Result<Vec<CustomerAccount>> {
        self.list("list changed accounts", "customer:moved".to_owned(), window).await
    }

    /// The invoices of a customer that were put into an account, but for those of an older program.
    pub async fn invoices_in_account(
        &self,
        code: &CustomerCode,
        shop: &ShopId,
        account: &str,
    ) -> Result<Vec<InvoiceNumber>> {
        let doing = "list invoices in account";
        let mut numbers = Vec::new();
        for item in self.table.query(doing, &account_pk(shop, account), "").await? {
            let held = decode::<InvoiceInAccount>(doing, item)?.record;
            numbers.extend(Some(held.number).filter(|_| held.code == *code));
        }
        Ok(numbers)
    }

    /// What an older program remembered: an account for each shop.
    async fn linked(&self, code: &CustomerCode) -> Result<Vec<CustomerAccount>> {
        let doing = "read customer links";
        let items = self.table.query(doing, &customer_pk(code), "").await?;
        items.into_iter().map(|item| Ok(decode(doing, item)?.record)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::memory::MemoryTable;
    use crate::table::{Key, Record, Table as _, put};

    /// The account of a customer in a shop, as the first program kept it.
    #[derive(Serialize, Deserialize)]
    struct Link {
        code: CustomerCode,
        shop: ShopId,
        shop_customer: String,
    }

    impl Record for Link {
        fn key(&self) -> Key {
            Key::new(format!("CUSTOMER#{}", self.code), self.shop.as_str())
        }
    }

    #[tokio::test]
    async fn accounts_that_an_older_program_remembered_are_compared_too() {
        let code = CustomerCode::new("C00042").expect("a code");
        let [lyon, rungis] = ["lyon", "rungis"].map(|shop| ShopId::new(shop).expect("a shop"));
        let number = InvoiceNumber::new("F2026/0001").expect("a number");
        for (now, expected) in [("17", None), ("42", Some((lyon.clone(), "9".to_owned())))] {
            let table = MemoryTable::default();
            for (shop, account) in [(&lyon, "9"), (&rungis, "17")] {
                let (code, shop_customer) = (code.clone(), account.to_owned());
                let link = Link { code, shop: shop.clone(), shop_customer };
                assert!(table.put("test", put("test", &link, None).expect("an item")).await.expect("put"));
            }
            let ledger = Ledger::on(table);
            assert!(ledger.customer_account(&code).await.expect("read").is_some());
            let place = (&rungis, now);
            let before = ledger.invoice_in_account(&code, &number, place, Timestamp::UNIX_EPOCH).await;
            assert_eq!(before.expect("recorded"), expected, "{now}");
            let known = ledger.customer_account(&code).await.expect("read").expect("there");
            assert!(known.is(&rungis, now));
        }
    }
}
