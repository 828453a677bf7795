//! The ERP: reads its files, in any order and late, takes or refuses what is in them, and has its own idea of
//! each order. It acknowledges them in files.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use passerelle_domain::{BatchId, Money, OrderId, OrderKey, Revision, ShopId};
use passerelle_ledger::{Ledger, Member};
use passerelle_services::{MemoryObjects, Objects};

use crate::at_once;
use crate::orders::sums;
use crate::random::Random;
use crate::world::World;

/// The ERP's reason when it refuses.
const REFUSED: &str = "client bloqué";

/// An order as the ERP has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// The total with VAT.
    pub total: Money,
    /// The note; none of what is cancelled.
    pub note: String,
    /// Pieces and net amount of each article; none of which nothing is left.
    pub articles: BTreeMap<String, (i64, Money)>,
}

/// An order that the ERP took.
#[derive(Clone, Debug)]
pub struct Held {
    /// The ERP's own number.
    pub number: String,
    /// The revision that it was sent last and took.
    pub revision: Revision,
    /// What it makes of all that it was sent.
    pub sums: Sums,
}

/// A file of acknowledgements, or something that is dropped in its place.
#[derive(Clone, Debug)]
pub struct AckFile {
    /// The file's name.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
    /// Its rows, and how many of them are of nothing that was sent; nothing for what is no such file.
    pub rows: Option<(u32, u32)>,
    /// What is odd about it.
    pub odd: &'static str,
}

/// One order of a file.
struct Imported {
    key: OrderKey,
    action: String,
    sums: Sums,
}

/// The ERP.
pub struct SimErp {
    world: World,
    ledger: Ledger,
    acknowledges: bool,
    held: BTreeMap<OrderKey, Held>,
    read: BTreeSet<String>,
    /// Whether its people fixed what it refuses orders for.
    pub fixed: bool,
}

impl SimErp {
    /// One without orders. It reads the ledger only to check its files.
    pub fn new(world: &World, ledger: &Ledger, acknowledges: bool) -> Self {
        let (held, read) = (BTreeMap::new(), BTreeSet::new());
        Self { world: world.clone(), ledger: ledger.clone(), acknowledges, held, read, fixed: false }
    }

    /// An order as it has it.
    pub fn held(&self, key: &OrderKey) -> Option<&Held> {
        self.held.get(key)
    }

    /// How many orders it has.
    pub fn holds(&self) -> usize {
        self.held.len()
    }

    /// The files that it has not read.
    pub fn unread(&self, objects: &MemoryObjects) -> Vec<String> {
        let files = objects.keys("orders/outbox/").into_iter();
        files.filter(|key| !self.read.contains(key)).collect()
    }

    /// Reads some of what stands there; returns its acknowledgements, each file with how much later it is
    /// dropped.
    pub fn look(&mut self, objects: &MemoryObjects) -> Vec<(SignedDuration, AckFile)> {
        let mut unread = self.unread(objects);
        // One that acknowledges is not sent a change before it has, so the order of files is free.
        if self.acknowledges {
            self.world.chance(|random| random.shuffle(&mut unread));
        }
        let mut acks = Vec::new();
        for key in unread {
            if self.world.strikes(|weather| weather.delivery) {
                break;
            }
            let object = at_once(objects.get(&key, None, u64::MAX)).expect("in memory").expect("listed");
            let rows = self.import(&key, &object.body);
            self.read.insert(key);
            if self.acknowledges && !rows.is_empty() {
                let calm = self.world.calm_since().is_some();
                acks.extend(self.world.chance(|random| acknowledge(&rows, calm, random)));
            }
        }
        acks
    }

    /// Imports a file; returns a row for each order.
    fn import(&mut self, key: &str, content: &[u8]) -> Vec<(BatchId, OrderKey, String)> {
        let mut rows = Vec::new();
        let (batch, orders) = parse(content);
        let members = at_once(self.ledger.batch(&batch)).expect("in memory").map(|batch| batch.members);
        let members = members.unwrap_or_default();
        self.world.note("the ERP", || format!("reads {key}"));
        if orders.len() != members.len() {
            self.world.broken("a file has its batch's orders", key, format!("{} of them", orders.len()));
        }
        for order in orders {
            let Some(member) = members.iter().find(|member| member.key == order.key) else {
                self.world.broken("a file has its batch's orders", key, order.key.to_string());
                continue;
            };
            let refuses = self.acknowledges && !self.fixed && self.world.chance(|random| random.happens(150));
            let ack = if refuses { format!("KO;;{REFUSED}") } else { self.take(batch, member, order) };
            self.world.note("the ERP", || format!("order {} of {batch}: {ack}", member.key));
            rows.push((batch, member.key.clone(), ack));
        }
        rows
    }

    /// Takes an order, or a change of one.
    fn take(&mut self, batch: BatchId, member: &Member, order: Imported) -> String {
        let standing = self.held.get(&member.key);
        let has = standing.map(|held| &held.sums);
        let replaces = member.replaces.as_ref().and_then(|revision| {
            at_once(self.ledger.order_revision(&member.key, revision)).expect("in memory")
        });
        if (order.action == "new") != has.is_none() || has != replaces.as_ref().map(sums).as_ref() {
            let how = format!("batch {batch} has {} of {replaces:?}, it has {has:?}", order.action);
            self.world.broken("the ERP is sent each change of what it has, once", &member.key, how);
        }
        self.world.note("the ERP", || format!("order {}: batch {batch} has {}", member.key, order.action));
        let fresh = format!("E{}", self.held.len() + 1);
        let number = standing.map_or(fresh, |held| held.number.clone());
        let before = standing.map(|held| held.sums.clone()).unwrap_or_default();
        let cancelled = order.action == "cancel";
        let sums = if order.action == "change" || cancelled && !order.sums.articles.is_empty() {
            before.and(order.sums, cancelled)
        } else {
            Sums { cancelled, ..order.sums }
        };
        let sums = if sums.cancelled { Sums { note: String::new(), ..sums } } else { sums };
        let ack = format!("OK;{number};");
        self.held.insert(member.key.clone(), Held { number, revision: member.revision.clone(), sums });
        ack
    }
}

impl Sums {
    /// With signed differences.
    fn and(mut self, more: Self, cancelled: bool) -> Self {
        for (article, (pieces, net)) in more.articles {
            let (had, amount) = self.articles.entry(article).or_default();
            *had += pieces;
            *amount += net;
        }
        self.articles.retain(|_, (pieces, net)| *pieces != 0 || !net.is_zero());
        Self { cancelled, total: self.total + more.total, note: more.note, articles: self.articles }
    }
}

/// The batch and the orders of a file, by the columns of the local layout.
fn parse(content: &[u8]) -> (BatchId, Vec<Imported>) {
    let text = String::from_utf8_lossy(content);
    let mut batch = None;
    let mut orders: Vec<Imported> = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split(';').collect();
        let amount = |place: usize| cells[place].replace(',', ".").parse::<Money>().expect("an amount");
        match cells[0] {
            "E" => {
                batch = Some(cells[3].parse().expect("a batch"));
                let key = OrderKey {
                    shop: ShopId::new(cells[2]).expect("a shop"),
                    id: OrderId::new(cells[1]).expect("an order"),
                };
                let sums = Sums { total: amount(15), note: cells[12].to_owned(), ..Sums::default() };
                orders.push(Imported { key, action: cells[16].to_owned(), sums });
            }
            "L" => {
                let articles = &mut orders.last_mut().expect("a header goes first").sums.articles;
                let (pieces, net) = articles.entry(cells[3].to_owned()).or_default();
                *pieces += cells[5].parse::<i64>().expect("pieces");
                *net += amount(9);
            }
            "F" => assert_eq!(cells[1], orders.len().to_string(), "the trailer counts orders"),
            _ => {}
        }
    }
    (batch.expect("a file has an order"), orders)
}

/// The acknowledgements of a file: mostly one file, soon; at times parted, doubled, late, cut off before it is whole,
/// with rows of nothing that was sent, or again under another name.
fn acknowledge(
    rows: &[(BatchId, OrderKey, String)],
    calm: bool,
    random: &mut Random,
) -> Vec<(SignedDuration, AckFile)> {
    let batch = rows[0].0;
    let mut lines: Vec<String> = rows
        .iter()
        .map(|(batch, order, ack)| format!("{};{};{batch};{ack}\r\n", order.id, order.shop))
        .collect();
    let mut unknown = 0;
    if random.happens(120) {
        lines.push(format!("9999;rungis;{batch};OK;E9999;\r\n"));
        lines.push("1000;rungis;2020-01-01-001;OK;E9998;\r\n".into());
        unknown = 2;
    }
    if random.happens(100) {
        lines.push(lines[0].clone());
    }
    random.shuffle(&mut lines);
    let late = if calm || random.happens(850) { random.seconds(1, 900) } else { random.seconds(0, 15_000) };
    let name = format!("CR_{batch}.csv");
    let mut files = Vec::new();
    if lines.len() > 1 && unknown == 0 && random.happens(200) {
        for (part, line) in lines.iter().enumerate() {
            let part = format!("CR_{batch}_{part}.csv");
            let file = AckFile { odd: "in several parts", ..file(&part, std::slice::from_ref(line), 0) };
            files.push((late + random.seconds(0, 3000), file));
        }
        return files;
    }
    let whole = file(&name, &lines, unknown);
    if random.happens(100) {
        // Behind the batch of its last row.
        let end = whole.content.iter().enumerate().filter(|(_, byte)| **byte == b';').nth_back(2);
        let content = whole.content[..end.map_or(0, |(at, _)| at)].to_vec();
        let cut_off = AckFile { content, rows: None, odd: "cut off in its middle", ..whole.clone() };
        files.push((late / 2, cut_off));
    }
    if random.happens(100) {
        let mistake: &[u8] = random.pick::<&[u8]>(&[b"", b"PK\x03\x04 an archive", b"%PDF-1.7 a page"]);
        let content = mistake.to_vec();
        let mistake = AckFile { content, rows: None, odd: "no such file at all", ..whole.clone() };
        files.push((late / 2, mistake));
    }
    if random.happens(600) {
        let name = if random.happens(500) { name } else { format!("copie de CR_{batch}.csv") };
        let again = AckFile { name, odd: "again, as it was", ..whole.clone() };
        files.push((late + random.seconds(0, 20_000), again));
    }
    files.push((late, whole));
    files
}

fn file(name: &str, lines: &[String], unknown: u32) -> AckFile {
    let content = format!("commande;boutique;lot;statut;numero_erp;motif\r\n{}", lines.concat());
    // Windows-1252, in which the only letter with an accent is one byte.
    let content = content.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin")).collect();
    let rows = u32::try_from(lines.len()).expect("few");
    let odd = if unknown > 0 { "rows of nothing that was sent" } else { "" };
    AckFile { name: name.to_owned(), content, rows: Some((rows, unknown)), odd }
}
