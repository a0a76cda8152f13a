//! Acts on records: what was read, what follows from it, and once more if it changed in between.

use super::{Refusal, Reply, Service};
use lacuna_domain::AccountId;
use lacuna_domain::Pos;
use lacuna_domain::limits::RECORD_TRIES_MAX;
use lacuna_store::{Error, Record, RecordId, RecordKind, RecordOwner, RecordQuery, RecordWrite};

/// Which record of an account.
pub(super) fn of(account: AccountId, kind: RecordKind, key: impl Into<String>) -> RecordId {
    RecordId::new(RecordOwner::Account(account), kind, key)
}

impl Service {
    /// Does what a plan says, and plans again if what it read has changed when it is written. Of a plan that has nothing to
    /// do comes nothing. Who is to be told of it is.
    pub(super) async fn settle<Plan, Planned>(&self, plan: Plan) -> Reply<()>
    where
        Plan: Fn() -> Planned + Send,
        Planned: Future<Output = Reply<Option<RecordWrite>>> + Send,
    {
        for _ in 0..RECORD_TRIES_MAX {
            let Some(write) = plan().await? else {
                return Ok(());
            };
            let told = match self.store.write_records(write, self.clock.now()).await {
                Err(Error::Conflict) => continue,
                written => written?,
            };
            for (account, version) in told {
                self.delivery.publish_events(account, version, Pos::ZERO);
            }
            return Ok(());
        }
        Err(Refusal::busy())
    }

    /// These records.
    pub(super) async fn read<const N: usize>(
        &self,
        ids: [RecordId; N],
    ) -> Reply<[Option<Record>; N]> {
        let found = self.store.record(ids.to_vec(), self.clock.now()).await?;
        found.try_into().map_err(|_| Refusal::internal())
    }

    /// Records of an account, by key.
    pub(super) async fn list(
        &self,
        account: AccountId,
        kind: RecordKind,
        after: Option<String>,
        limit: usize,
    ) -> Reply<Vec<Record>> {
        let query = RecordQuery {
            owner: RecordOwner::Account(account),
            kind,
            after,
            limit,
        };
        Ok(self.store.records(query, self.clock.now()).await?)
    }
}
