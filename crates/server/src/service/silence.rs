//! Do not disturb: which messages a user is notified of, at all and per conversation. The server keeps it for the user's
//! devices and for push services; messages are delivered all the same.

use super::contacts::same;
use super::records::of;
use super::{Actor, Refusal, Reply, Service};
use lacuna_domain::limits::{LANGUAGE_BYTES_MAX, SILENCE_BATCH_MAX, SILENCE_MS_MAX, SILENCES_MAX};
use lacuna_domain::{AccountId, Millis, Target};
use lacuna_proto::notify_body;
use lacuna_store::{NewEvent, Record, RecordId, RecordKind, RecordOwner, RecordWrite};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const EVERYTHING: &str = "all";
const LANGUAGE: &str = "language";

/// How a user is notified. Fields that are not set are not decided here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Silence {
    /// Of which messages: `ALL`, `AT` (those that name the user) or `NONE`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Not between these times of day, as `8:00-20:30`.
    #[serde(rename = "ignoreInterval", skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Not before this time.
    #[serde(rename = "ignoreDuration", skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

/// A change of how a user is notified.
#[derive(Clone, Debug, Default)]
pub struct SilenceChange {
    /// `ALL`, `AT`, `NONE`, or `DEFAULT` for what is set for everything.
    pub kind: Option<String>,
    /// The times of day; empty for none.
    pub interval: Option<String>,
    /// For how long, in milliseconds; 0 to end it.
    pub pause_ms: Option<u64>,
}

/// A conversation with a setting of its own.
#[derive(Clone, Debug)]
pub struct Silenced {
    /// The conversation.
    pub target: Target,
    /// `ALL`, `AT` or `NONE`.
    pub kind: String,
}

impl Service {
    /// Changes how the actor is notified of a conversation, or of everything. Its other devices are told. Gives what holds now.
    pub async fn set_silence(
        &self,
        actor: &Actor,
        target: Option<&Target>,
        change: &SilenceChange,
        resource: &str,
    ) -> Reply<Silence> {
        check(change)?;
        let id = id(actor.id(), target);
        self.settle(|| async {
            let [found] = self.read([id.clone()]).await?;
            let silence = changed(self.silence_of(found.as_ref()), change, self.clock.now());
            let write = RecordWrite::new(actor.app.id).check(id.clone(), same(found.as_ref()));
            let write = if silence == Silence::default() {
                write.remove(id.clone())
            } else {
                let text = serde_json::to_vec(&silence).map_err(|_| Refusal::internal())?;
                let owner = RecordOwner::Account(actor.id());
                write
                    .put(id.clone(), text)
                    .at_most(owner, id.kind, SILENCES_MAX)
            };
            let event = NewEvent {
                device: actor.device,
                body: notify_body(&told(target, resource, &silence)),
            };
            Ok(Some(write.tell(actor.id(), event)))
        })
        .await?;
        self.silence(actor.id(), target).await
    }

    /// How an account is notified of a conversation, or of everything.
    pub async fn silence(&self, account: AccountId, target: Option<&Target>) -> Reply<Silence> {
        let [found] = self.read([id(account, target)]).await?;
        Ok(self.silence_of(found.as_ref()))
    }

    /// How an account is notified of several conversations, in their order.
    pub async fn silences(&self, account: AccountId, targets: &[Target]) -> Reply<Vec<Silence>> {
        if targets.len() > SILENCE_BATCH_MAX {
            let text = format!("more than {SILENCE_BATCH_MAX} conversations");
            return Err(Refusal::illegal(text));
        }
        let ids = targets.iter().map(|target| id(account, Some(target)));
        let found = self.store.record(ids.collect(), self.clock.now()).await?;
        Ok(found
            .iter()
            .map(|found| self.silence_of(found.as_ref()))
            .collect())
    }

    /// A page of the conversations for which a kind is set: users by name, then groups by id, after a target.
    pub async fn silenced(
        &self,
        account: AccountId,
        after: Option<Target>,
        limit: usize,
    ) -> Reply<Vec<Silenced>> {
        let (users_after, groups_after) = match after {
            None => (Some(None), None),
            Some(Target::Peer(name)) => (Some(Some(name.as_str().to_owned())), None),
            Some(Target::Group(id)) => (None, Some(id.as_str().to_owned())),
        };
        let mut rows = Vec::new();
        if let Some(after) = users_after {
            self.kinds(account, RecordKind::SilenceUser, after, limit, &mut rows)
                .await?;
        }
        self.kinds(
            account,
            RecordKind::SilenceGroup,
            groups_after,
            limit,
            &mut rows,
        )
        .await?;
        Ok(rows)
    }

    /// Adds the settings of one kind of conversation that say a kind, until there are `limit` rows.
    async fn kinds(
        &self,
        account: AccountId,
        kind: RecordKind,
        after: Option<String>,
        limit: usize,
        rows: &mut Vec<Silenced>,
    ) -> Reply<()> {
        let found = self.list(account, kind, after, SILENCES_MAX).await?;
        for record in found {
            if rows.len() >= limit {
                break;
            }
            let silence = self.silence_of(Some(&record));
            let target = match kind {
                RecordKind::SilenceGroup => {
                    Some(Target::Group(lacuna_domain::GroupId::new(&record.key)))
                }
                _ => lacuna_domain::Name::new(&record.key).ok().map(Target::Peer),
            };
            if let (Some(kind), Some(target)) = (silence.kind, target) {
                rows.push(Silenced { target, kind });
            }
        }
        Ok(())
    }

    /// Sets the language that the actor's notifications are translated to.
    pub async fn set_language(&self, actor: &Actor, language: &str) -> Reply<()> {
        if language.is_empty() || language.len() > LANGUAGE_BYTES_MAX {
            return Err(Refusal::illegal("translationLanguage is not legal"));
        }
        let id = of(actor.id(), RecordKind::Silence, LANGUAGE);
        let write = RecordWrite::new(actor.app.id).put(id, language.as_bytes().to_vec());
        self.settle(|| std::future::ready(Ok(Some(write.clone()))))
            .await
    }

    /// The language that an account's notifications are translated to; empty for none.
    pub async fn language(&self, account: AccountId) -> Reply<String> {
        let [found] = self
            .read([of(account, RecordKind::Silence, LANGUAGE)])
            .await?;
        Ok(found.map_or_else(String::new, |found| {
            String::from_utf8_lossy(&found.value).into_owned()
        }))
    }

    /// What a record says, without a pause that is over.
    fn silence_of(&self, record: Option<&Record>) -> Silence {
        let stored = record.and_then(|record| serde_json::from_slice(&record.value).ok());
        let mut silence: Silence = stored.unwrap_or_default();
        silence.until = silence.until.filter(|end| *end > self.clock.now().0);
        silence
    }
}

fn id(account: AccountId, target: Option<&Target>) -> RecordId {
    match target {
        None => of(account, RecordKind::Silence, EVERYTHING),
        Some(Target::Peer(name)) => of(account, RecordKind::SilenceUser, name.as_str()),
        Some(Target::Group(id)) => of(account, RecordKind::SilenceGroup, id.as_str()),
    }
}

fn check(change: &SilenceChange) -> Reply<()> {
    let illegal = |name: &str| Err(Refusal::illegal(format!("{name} is not legal")));
    let kinds = ["ALL", "AT", "NONE", "DEFAULT"];
    if change
        .kind
        .as_deref()
        .is_some_and(|kind| !kinds.contains(&kind))
    {
        return illegal("type");
    }
    let interval = change.interval.as_deref();
    if interval.is_some_and(|text| !text.is_empty() && !is_interval(text)) {
        return illegal("ignoreInterval");
    }
    if change.pause_ms.is_some_and(|ms| ms > SILENCE_MS_MAX) {
        return illegal("ignoreDuration");
    }
    if change.kind.is_none() && interval.is_none() && change.pause_ms.is_none() {
        return Err(Refusal::missing("type"));
    }
    Ok(())
}

/// Whether a text is two times of day, as `8:00-20:30`.
fn is_interval(text: &str) -> bool {
    let number = |text: &str, max: u32| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits && text.parse::<u32>().is_ok_and(|number| number <= max)
    };
    let time = |text: &str| {
        text.split_once(':')
            .is_some_and(|(hours, minutes)| number(hours, 24) && number(minutes, 59))
    };
    text.split_once('-')
        .is_some_and(|(from, to)| time(from) && time(to))
}

fn changed(mut silence: Silence, change: &SilenceChange, now: Millis) -> Silence {
    if let Some(kind) = &change.kind {
        silence.kind = Some(kind.clone()).filter(|kind| kind != "DEFAULT");
    }
    if let Some(interval) = &change.interval {
        silence.interval = Some(interval.clone()).filter(|interval| !interval.is_empty());
    }
    if let Some(ms) = change.pause_ms {
        silence.until = (ms > 0).then(|| now.plus(ms).0);
    }
    silence
}

/// The event for the user's other devices. Clients take it to be about everything if it has an interval, even an empty one,
/// and only then.
fn told(target: Option<&Target>, resource: &str, silence: &Silence) -> Value {
    let mut data = silence.clone();
    if target.is_none() {
        data.interval.get_or_insert_default();
        data.kind.get_or_insert_with(|| "ALL".to_owned());
    } else if data.interval.take().is_some() {
        data.kind.get_or_insert_with(|| "DEFAULT".to_owned());
    }
    let mut value = json!({"operator_resource": resource, "data": data});
    let place = match target {
        None => None,
        Some(Target::Peer(_)) => Some("user"),
        Some(Target::Group(_)) => Some("group"),
    };
    if let (Some(value), Some(place), Some(target)) = (value.as_object_mut(), place, target) {
        value.insert(place.to_owned(), target.id().into());
    }
    json!({"type": "user_notification_mute", "values": [value]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_two_times_of_day() {
        let check = |text: &str, want: bool| assert_eq!(is_interval(text), want, "{text}");
        check("8:00-20:30", true);
        check("08:5-24:0", true);
        check("1:0-2:0", true);
        check("8-20", false);
        check("8:60-9:00", false);
        check("25:00-9:00", false);
        check("8:00", false);
        check("8:00-", false);
        check("+8:00-9:00", false);
        check("008:00-9:00", false);
    }

    #[test]
    fn what_is_not_named_stays() {
        let set = Silence {
            kind: Some("NONE".into()),
            interval: Some("1:0-2:0".into()),
            until: None,
        };
        let pause = SilenceChange {
            pause_ms: Some(5),
            ..SilenceChange::default()
        };
        let paused = changed(set.clone(), &pause, Millis(10));
        assert_eq!((paused.until, &paused.kind), (Some(15), &set.kind));
        let clear = SilenceChange {
            kind: Some("DEFAULT".into()),
            interval: Some(String::new()),
            pause_ms: Some(0),
        };
        assert_eq!(changed(paused, &clear, Millis(10)), Silence::default());
    }
}
