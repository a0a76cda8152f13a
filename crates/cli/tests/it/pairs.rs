//! Two people who write and delete, and what has to hold of it whatever happens to the server.

use crate::rest::Caller;
use lacuna_sdk::Pos;
use std::collections::BTreeSet;

/// Numbers that look random and come again with the same seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Two people, what the server said of their messages, and what it did not get to say.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) names: [String; 2],
    pub(crate) callers: [Caller; 2],
    app: Caller,
    numbers: Numbers,
    /// What was sent, by id, as far as the server said so or it was seen.
    pub(crate) sent: BTreeSet<u64>,
    /// Sends that were never answered and not seen yet.
    unsure: usize,
    /// What each has deleted, and what each may have.
    pub(crate) gone: [BTreeSet<u64>; 2],
    unsure_gone: [BTreeSet<u64>; 2],
    /// Up to which time each has deleted, or may have.
    through: [u64; 2],
    acts: u64,
}

impl Pair {
    pub(crate) async fn new(app: &Caller, nth: usize, seed: u64) -> Self {
        let names = ["a", "b"].map(|side| format!("{side}{nth}"));
        Self {
            callers: [app.user(&names[0]).await, app.user(&names[1]).await],
            names,
            app: app.clone(),
            numbers: Numbers(seed),
            sent: BTreeSet::new(),
            unsure: 0,
            gone: Default::default(),
            unsure_gone: Default::default(),
            through: [0; 2],
            acts: 0,
        }
    }

    /// How many acts the server answered.
    pub(crate) fn acts(&self) -> u64 {
        self.acts
    }

    /// Writes and deletes until the server does not answer.
    pub(crate) async fn work(&mut self) {
        while self.act().await.is_some() {
            self.acts += 1;
        }
    }

    /// One act. None if the server did not answer.
    pub(crate) async fn act(&mut self) -> Option<()> {
        let side = usize::try_from(self.numbers.below(2)).unwrap();
        match self.numbers.below(10) {
            0..=6 => {
                let (from, to) = (&self.names[side], &self.names[1 - side]);
                let text = format!("message {}", self.numbers.next());
                self.unsure += 1;
                let id = self.app.send(from, to, &text).await?;
                self.unsure -= 1;
                let id = id.expect("a server that answers takes it");
                let last = self.sent.last().is_none_or(|last| *last < id);
                assert!(last, "ids increase");
                self.sent.insert(id);
            }
            7 | 8 => {
                let ids: Vec<u64> = (0..=self.numbers.below(5))
                    .filter_map(|_| self.any())
                    .collect();
                if !ids.is_empty() {
                    self.delete(side, &ids, None).await?;
                }
            }
            _ => {
                let rarely = self.numbers.below(4) == 0;
                if let Some(id) = self.any().filter(|_| rarely) {
                    let time = Pos(id).time().0;
                    self.through[side] = self.through[side].max(time);
                    let ids = self.sent.iter().copied();
                    let ids: Vec<u64> = ids.filter(|id| Pos(*id).time().0 <= time).collect();
                    self.delete(side, &ids, Some(time)).await?;
                }
            }
        }
        Some(())
    }

    /// Another client of the pair sent this while the two were at work; a deletion of theirs may have met it.
    pub(crate) fn sent_meanwhile(&mut self, id: u64) {
        self.sent.insert(id);
        for side in [0, 1] {
            if Pos(id).time().0 <= self.through[side] {
                self.unsure_gone[side].insert(id);
            }
        }
    }

    fn any(&mut self) -> Option<u64> {
        let count = u64::try_from(self.sent.len()).unwrap();
        let nth = self.numbers.below(count.max(1));
        self.sent.iter().nth(usize::try_from(nth).unwrap()).copied()
    }

    async fn delete(&mut self, side: usize, ids: &[u64], through: Option<u64>) -> Option<()> {
        let (me, peer) = (&self.names[side], &self.names[1 - side]);
        self.unsure_gone[side].extend(ids);
        let caller = &self.callers[side];
        let done = match through {
            Some(time) => caller.delete_through(me, peer, time).await?,
            None => caller.delete_ids(me, peer, ids).await?,
        };
        assert!(done, "a server that answers deletes");
        self.unsure_gone[side].clear();
        self.gone[side].extend(ids);
        Some(())
    }

    /// What each sees is what the server said, no more and no less; what it did not say is settled by a look, for ever.
    pub(crate) async fn check(&mut self) {
        let mut sees = Vec::new();
        for side in [0, 1] {
            let (me, peer) = (&self.names[side], &self.names[1 - side]);
            sees.push(self.callers[side].history(me, peer).await);
        }
        let new: Vec<u64> = sees[0]
            .union(&sees[1])
            .copied()
            .filter(|id| !self.sent.contains(id))
            .collect();
        assert!(new.len() <= self.unsure, "{new:?} were never sent");
        self.sent.extend(new);
        self.unsure = 0;
        for (side, sees) in sees.iter().enumerate() {
            let unsure = std::mem::take(&mut self.unsure_gone[side]);
            self.gone[side].extend(unsure.into_iter().filter(|id| !sees.contains(id)));
            let gone = &self.gone[side];
            let back: Vec<&u64> = gone.intersection(sees).collect();
            assert!(back.is_empty(), "{back:?} were deleted and are back");
            let due: BTreeSet<u64> = self.sent.difference(gone).copied().collect();
            let lost: Vec<&u64> = due.difference(sees).collect();
            assert!(lost.is_empty(), "{lost:?} were taken and are lost");
        }
    }
}
