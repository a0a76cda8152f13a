//! Things that happen at once: whatever their order, all of a user's devices come to what the server has.

use crate::record::Told;
use crate::stage::{Device, Stage, peer, until};
use lacuna_sdk::{Chat, Millis, Pos, Target};
use std::collections::BTreeSet;

/// All of these devices hold exactly the user's history.
pub(crate) async fn agree(devices: &[&Device], target: &Target) -> Vec<Pos> {
    let history = devices[0].history_ids(target).await;
    for device in devices {
        let what = format!("{} to hold its {} of history", device.user, history.len());
        until(what, || device.ids(target) == history).await;
    }
    assert_eq!(devices[0].history_ids(target).await, history);
    for device in devices {
        let row = device.list().into_iter().find(|row| row.target == *target);
        let latest = row.and_then(|row| row.latest).map(|latest| latest.id);
        assert_eq!(latest, history.last().copied());
        for told in device.told.all() {
            if let Told::Removed(removed, held) = told {
                assert_eq!(held, [], "{removed:?}");
            }
        }
    }
    history
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_delete_different_things_at_once() {
    let stage = Stage::new().await;
    let ben = stage.device("ben").await;
    let one = stage.device("anna").await;
    let other = stage.device("anna").await;
    let third = stage.device("anna").await;
    let from_ben = peer("ben");
    let mut ids = Vec::new();
    for nth in 0..60 {
        ids.push(ben.text(&peer("anna"), &format!("{nth}")).await);
    }
    for device in [&one, &other, &third] {
        device.holds(&from_ben, 60).await;
    }
    let mut gone = BTreeSet::new();
    for round in ids.chunks(6).take(8) {
        let (first, second) = (&round[..2], &round[1..4]);
        let (chat, other_chat) = (one.chat(), other.chat());
        let through = round[0].time();
        let (done, other_done, through_done) = tokio::join!(
            chat.delete_from_server(&from_ben, first),
            other_chat.delete_from_server(&from_ben, second),
            other_chat.delete_from_server_through(&from_ben, through),
        );
        done.and(other_done).and(through_done).unwrap();
        gone.extend(first.iter().chain(second).copied());
        gone.extend(ids.iter().copied().filter(|id| id.time() <= through));
    }
    let history = agree(&[&one, &other, &third], &from_ben).await;
    let left: Vec<Pos> = ids
        .iter()
        .copied()
        .filter(|id| !gone.contains(id))
        .collect();
    assert_eq!(history, left);
    assert_eq!(ben.history_ids(&peer("anna")).await, ids);
}

/// Every message that a deletion took is told to the third device once, however the reads of facts fall.
#[tokio::test(flavor = "multi_thread")]
async fn deletions_at_once_are_each_told_once() {
    let stage = Stage::new().await;
    let ben = stage.device("ben").await;
    let one = stage.device("anna").await;
    let other = stage.device("anna").await;
    let from_ben = peer("ben");
    let mut ids = Vec::new();
    for nth in 0..40 {
        ids.push(ben.text(&peer("anna"), &format!("{nth}")).await);
    }
    for device in [&one, &other] {
        device.holds(&from_ben, 40).await;
    }
    // Every second one, so that no two runs become one.
    for pair in ids.chunks(4) {
        let (chat, other_chat) = (one.chat(), other.chat());
        let (done, other_done) = tokio::join!(
            chat.delete_from_server(&from_ben, &pair[..1]),
            other_chat.delete_from_server(&from_ben, &pair[2..3]),
        );
        done.and(other_done).unwrap();
    }
    agree(&[&one, &other], &from_ben).await;
    for (device, mine, theirs) in [(&one, 0, 2), (&other, 2, 0)] {
        let told = device.told.pick(|told| match told {
            Told::Removed(removed, _) => Some(removed.ranges),
            _ => None,
        });
        let told: Vec<(Pos, Pos)> = told.into_iter().flatten().collect();
        let times = |id: Pos| {
            let covering = told.iter().filter(|run| run.0 <= id && id <= run.1);
            covering.count()
        };
        for pair in ids.chunks(4) {
            assert_eq!(times(pair[theirs]), 1, "what the other deleted");
            assert_eq!(times(pair[mine]), 0, "its own");
        }
    }
}

/// Ben floods while one of Anna's devices deletes again and again.
async fn while_messages_flood_in(delete: impl AsyncFn(&Chat, u64)) {
    let stage = Stage::new().await;
    let ben = stage.device("ben").await;
    let deletes = stage.device("anna").await;
    let other = stage.device("anna").await;
    let third = stage.device("anna").await;
    let from_ben = peer("ben");
    let over = std::cell::Cell::new(false);
    let flood = async {
        let mut ids = Vec::new();
        for burst in 0..30 {
            let sends = (0..10).map(|nth| {
                let text = format!("flood {burst} {nth}");
                let ben = &ben;
                async move { ben.text(&peer("anna"), &text).await }
            });
            ids.extend(futures_util::future::join_all(sends).await);
        }
        over.set(true);
        ids
    };
    let chat = deletes.chat();
    let deleting = async {
        let mut round = 0;
        while !over.get() {
            delete(&chat, round).await;
            round += 1;
        }
    };
    let (mut ids, ()) = tokio::join!(flood, deleting);
    ids.sort();
    let last = ben.text(&peer("anna"), "the last").await;
    let devices = [&deletes, &other, &third];
    for device in devices {
        until("the last one", || device.ids(&from_ben).contains(&last)).await;
    }
    let history = agree(&devices, &from_ben).await;
    assert!(history.len() < 301, "something was deleted");
    ids.push(last);
    assert_eq!(ben.history_ids(&peer("anna")).await, ids);
    assert!(history.iter().all(|id| ids.contains(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_through_now_while_messages_flood_in() {
    // The first is early; the second is to come, and means everything so far.
    let times = [Millis(1_767_225_600_500), Millis(2_000_000_000_000)];
    while_messages_flood_in(async |chat, round| {
        let time = times[usize::from(round % 4 > 0)];
        chat.delete_from_server_through(&peer("ben"), time)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_the_conversation_while_messages_flood_in() {
    while_messages_flood_in(async |chat, _| {
        let ben = peer("ben");
        chat.delete_server_conversation(&ben, true).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_everything_while_messages_flood_in() {
    while_messages_flood_in(async |chat, _| chat.delete_everything(true).await.unwrap()).await;
}

/// One device deletes what another is just sending.
#[tokio::test(flavor = "multi_thread")]
async fn deleting_what_ones_other_device_is_sending() {
    let stage = Stage::new().await;
    let _ben = stage.device("ben").await;
    let sends = stage.device("anna").await;
    let deletes = stage.device("anna").await;
    let ben = peer("ben");
    let sending = async {
        let mut gone = 0;
        for nth in 0..80 {
            let new = lacuna_sdk::NewMessage::text(ben.clone(), format!("{nth}"));
            // Deleted before its sender knew that it was sent: it says so.
            gone += usize::from(sends.chat().send(new).await.is_err());
        }
        gone
    };
    let chat = deletes.chat();
    let deleting = async {
        for _ in 0..25 {
            let everything = Millis(2_000_000_000_000);
            chat.delete_from_server_through(&ben, everything)
                .await
                .unwrap();
        }
    };
    let (_, ()) = tokio::join!(sending, deleting);
    sends.text(&ben, "the last").await;
    let history = agree(&[&sends, &deletes], &ben).await;
    assert!(!history.is_empty());
}
