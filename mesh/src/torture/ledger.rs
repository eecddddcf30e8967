//! The books of a torture: what people were told, against what HTTP, SQL and Redis say now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Invariant, buyer::Promise, faults::Dose, quiet::Queues, tables::DeadLetter};
use crate::customer::{
    books::{self, Breach, Finding, Promises, Stock},
    orders::Order,
};

/// Everything that is known when all is quiet.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) promises: Vec<Promise>,
    /// Orders without an answer, however often they were sent.
    pub(super) unanswered: u32,
    /// Orders whose key was answered with two ids.
    pub(super) two_faced: u32,
    /// Answers that no buyer has deserved, by status.
    pub(super) strange: BTreeMap<u16, u32>,
    /// Changes of products without an answer.
    pub(super) unanswered_changes: u32,
    pub(super) orders: Vec<Order>,
    pub(super) stock: Vec<Stock>,
    pub(super) doses: Vec<Dose>,
    pub(super) queues: Queues,
    /// Promises of the runtime that explain why orders are pending.
    pub(super) unkept: BTreeSet<Invariant>,
    /// What did not work although nothing was amiss any more.
    pub(super) broken: Vec<anyhow::Error>,
}

impl Ledger {
    /// Everything that does not add up.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let promises = Promises {
            accepted: self.promises.iter().map(|promise| promise.id).collect(),
            unknown: self.unanswered,
        };
        let mut found = books::findings(&promises, &self.orders, &self.stock);
        let broken = self.broken.iter();
        found.extend(broken.map(|error| Finding::new(Breach::Stuck, 1, format!("{error:#}"))));
        found.extend(self.untrue_answers());
        found.extend(self.waiting());
        found.extend(dead_letters(&self.doses, &self.queues.dead));
        found
    }

    /// An order is what its buyer asked for, and a key is one order.
    fn untrue_answers(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let orders: HashMap<i32, &Order> =
            self.orders.iter().map(|order| (order.id, order)).collect();
        for Promise { id, items } in &self.promises {
            let Some(order) = orders.get(id) else {
                continue;
            };
            let mut stored: Vec<_> = order
                .items
                .iter()
                .map(|item| (item.product_id, item.quantity))
                .collect();
            stored.sort_unstable();
            if stored != *items {
                let text = format!("order {id} is of {stored:?}, its buyer wanted {items:?}");
                found.push(Finding::new(Breach::Lost, 1, text));
            }
        }
        if self.two_faced > 0 {
            let text = format!("{} keys were answered with two orders", self.two_faced);
            found.push(Finding::new(Breach::Doubled, self.two_faced.into(), text));
        }
        for (status, count) in &self.strange {
            let text = format!("{count} orders were answered with {status}");
            found.push(Finding::new(Breach::Lost, (*count).into(), text));
        }
        found
    }

    /// Nothing waits any more.
    fn waiting(&self) -> Vec<Finding> {
        let mut waiting = vec![
            (self.unanswered.into(), "orders got no answer".to_owned()),
            (
                self.unanswered_changes.into(),
                "changes of products got no answer".to_owned(),
            ),
            (
                self.queues.timed_out,
                "orders failed because nobody had decided them in time".to_owned(),
            ),
            (
                self.queues.unpublished,
                "rows of outboxes are not published".to_owned(),
            ),
        ];
        for group in &self.queues.groups {
            waiting.push((
                group.pending,
                format!("entries are pending in {}", group.name),
            ));
            waiting.push((
                group.unread,
                format!("entries are unread in {}", group.name),
            ));
        }
        waiting
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| Finding::new(Breach::Stuck, count, format!("{count} {what}")))
            .collect()
    }
}

/// Every dose of poison is one dead letter, and every dead letter is poison.
fn dead_letters(doses: &[Dose], dead: &[DeadLetter]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (number, dose) in doses.iter().enumerate() {
        let count = dead
            .iter()
            .filter(|letter| letter.poison == Some(number) && letter.group == dose.group)
            .count();
        if count == 0 && !dose.is_in_doubt {
            let text = format!("poison {number} is no dead letter of {}", dose.group);
            found.push(Finding::new(Breach::Lost, 1, text));
        }
        if count > 1 {
            let text = format!("poison {number} is {count} dead letters of {}", dose.group);
            found.push(Finding::new(Breach::Doubled, count as u64 - 1, text));
        }
    }
    let is_foreign = |letter: &&DeadLetter| {
        let dose = letter.poison.and_then(|number| doses.get(number));
        dose.is_none_or(|dose| dose.group != letter.group)
    };
    let foreign = dead.iter().filter(is_foreign).count();
    if foreign > 0 {
        let text = format!("{foreign} dead letters are no poison");
        found.push(Finding::new(Breach::Stuck, foreign as u64, text));
    }
    found
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::{
        customer::orders::{Item, Status},
        torture::streams::Group,
    };

    const GROUP: &str = "products-service";

    fn order(id: i32, status: Status) -> Order {
        Order {
            id,
            status,
            created_at: OffsetDateTime::UNIX_EPOCH,
            settled_at: None,
            items: vec![Item {
                product_id: 7,
                quantity: 2,
            }],
        }
    }

    /// Books that balance: two orders, one of them completed, and a dose of poison.
    fn balanced() -> Ledger {
        let promise = |id| Promise {
            id,
            items: vec![(7, 2)],
        };
        Ledger {
            promises: vec![promise(1), promise(2)],
            orders: vec![order(1, Status::Completed), order(2, Status::Failed)],
            stock: vec![Stock {
                product: 7,
                supplied: 10,
                now: 8,
            }],
            doses: vec![Dose {
                group: GROUP,
                is_in_doubt: false,
            }],
            queues: Queues {
                dead: vec![poisoned(0)],
                ..Queues::default()
            },
            ..Ledger::default()
        }
    }

    fn poisoned(number: usize) -> DeadLetter {
        DeadLetter {
            group: GROUP.to_owned(),
            poison: Some(number),
        }
    }

    /// What is found after `spoil`, without the sentences.
    fn found(spoil: impl FnOnce(&mut Ledger)) -> Vec<(Breach, u64)> {
        let mut ledger = balanced();
        spoil(&mut ledger);
        let found = ledger.findings().into_iter();
        found.map(|found| (found.breach, found.count)).collect()
    }

    #[test]
    fn books_without_a_breach_balance() {
        assert!(found(|_| ()).is_empty());
    }

    #[test]
    fn what_is_lost_is_found() {
        let lost = [(Breach::Lost, 1)];

        assert_eq!(found(|ledger| drop(ledger.orders.pop())), lost);
        assert_eq!(found(|ledger| ledger.promises[0].items[0].1 = 3), lost);
        assert_eq!(found(|ledger| ledger.queues.dead.clear()), lost);
        assert_eq!(
            found(|ledger| ledger.strange = BTreeMap::from([(401, 1)])),
            lost
        );
    }

    #[test]
    fn what_is_doubled_is_found() {
        let doubled = [(Breach::Doubled, 1)];

        assert_eq!(found(|ledger| drop(ledger.promises.pop())), doubled);
        assert_eq!(found(|ledger| ledger.stock[0].now = 7), doubled);
        assert_eq!(found(|ledger| ledger.two_faced = 1), doubled);
        assert_eq!(
            found(|ledger| ledger.queues.dead.push(poisoned(0))),
            doubled
        );
    }

    #[test]
    fn what_is_oversold_is_found() {
        assert_eq!(
            found(|ledger| ledger.stock[0].now = 9),
            [(Breach::Oversold, 1)]
        );
    }

    #[test]
    fn what_is_stuck_is_found() {
        let stuck = [(Breach::Stuck, 1)];
        let group = |pending, unread| Group {
            name: GROUP.to_owned(),
            pending,
            unread,
        };

        assert_eq!(
            found(|ledger| ledger.orders[1].status = Status::Pending),
            stuck
        );
        assert_eq!(found(|ledger| ledger.queues.unpublished = 1), stuck);
        assert_eq!(found(|ledger| ledger.queues.timed_out = 1), stuck);
        assert_eq!(found(|ledger| ledger.unanswered = 1), stuck);
        assert_eq!(
            found(|ledger| ledger.queues.groups.push(group(1, 0))),
            stuck
        );
        assert_eq!(
            found(|ledger| ledger.queues.groups.push(group(0, 1))),
            stuck
        );
        assert_eq!(
            found(|ledger| ledger.queues.dead.push(poisoned(1))),
            stuck,
            "a message that was no poison was given up"
        );
    }

    #[test]
    fn poison_that_redis_forgot_may_be_no_dead_letter() {
        let forgotten = |ledger: &mut Ledger| {
            ledger.doses[0].is_in_doubt = true;
            ledger.queues.dead.clear();
        };

        assert!(found(forgotten).is_empty());
    }
}
