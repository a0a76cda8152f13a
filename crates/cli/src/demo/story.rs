//! The story, step by step.

use super::Stage;
use super::cast::Cast;
use lacuna_sdk::Pos;

/// A step, as it is told.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// What happens.
    pub(super) title: &'static str,
    /// The call that does it.
    pub(super) call: &'static str,
    /// What should be seen.
    pub(super) expected: &'static str,
    /// Further things that should be so, and whether they are.
    pub(super) also: Vec<(&'static str, bool)>,
}

/// Plays every step and shows each.
pub(super) async fn tell(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    talk(cast, stage).await?;
    delete_ids(cast, stage).await?;
    delete_through(cast, stage).await?;
    delete_here_only(cast, stage).await?;
    reload(cast, stage).await?;
    delete_while_away(cast, stage).await?;
    come_back(cast, stage).await?;
    delete_conversation(cast, stage).await?;
    start_again(cast, stage).await?;
    delete_everything(cast, stage).await
}

async fn show(cast: &mut Cast, stage: &mut Stage, step: Step) -> anyhow::Result<()> {
    let table = cast.look().await?;
    stage.show(&step, &table);
    Ok(())
}

async fn talk(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    let lines = [
        ("bob", "Morning! Still on for the mountains?"),
        ("alice", "Yes! Which train?"),
        ("bob", "The 9:40, platform 4"),
        ("alice", "My door code is 4711, feed the cat?"),
        ("bob", "Of course. Is it the grey cat?"),
        ("alice", "Oops, never write codes in a chat"),
        ("bob", "Your secret is safe with me"),
        ("alice", "See you at the station"),
    ];
    for (from, text) in lines {
        cast.say(from, text, true).await?;
    }
    let step = Step {
        title: "Alice and Bob talk.",
        expected: "everybody has everything; Alice's tablet has what her phone sent",
        ..Step::default()
    };
    show(cast, stage, step).await
}

async fn delete_ids(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    let ids = cast.ids([4, 6]);
    cast.phone.delete_ids(&ids).await?;
    cast.expected.alice_deletes(&ids);
    let step = Step {
        title: "On her phone, Alice deletes messages 4 and 6.",
        call: "DELETE /sdk/message/roaming/chat/user/alice?userId=bob&msgIdList=...",
        expected: "gone for Alice, wherever she looks; Bob keeps his copy and is told nothing",
        ..Step::default()
    };
    show(cast, stage, step).await
}

async fn delete_through(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    let ids = cast.ids(1..=3);
    let newest = ids.last().copied().unwrap_or_default();
    cast.phone.delete_through(newest).await?;
    cast.expected.alice_deletes(&ids);
    let step = Step {
        title: "Alice deletes everything up to the time of message 3.",
        call: "DELETE /sdk/message/roaming/chat/user/alice/time?userId=bob&delTime=...",
        expected: "messages 1 to 3 left her devices too; it costs one row, however many they are",
        ..Step::default()
    };
    show(cast, stage, step).await
}

async fn delete_here_only(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    let ids = cast.ids([7, 8]);
    cast.tablet.delete_here(&ids)?;
    for Pos(id) in &ids {
        cast.expected.tablet.remove(id);
    }
    let step = Step {
        title: "Alice clears messages 7 and 8 from her tablet only.",
        call: "(no call: the tablet drops them from its own store)",
        expected: "only the tablet has gaps; her phone and her history on the server are whole",
        ..Step::default()
    };
    show(cast, stage, step).await
}

async fn reload(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    cast.tablet.reload().await?;
    cast.expected.tablet.clone_from(&cast.expected.alice_server);
    let step = Step {
        title: "The tablet reads her history from the server again.",
        call: "POST /users/alice/messageroaming",
        expected: "7 and 8 are back: they were never deleted; 1, 2, 3, 4 and 6 stay gone",
        ..Step::default()
    };
    show(cast, stage, step).await
}

async fn delete_while_away(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    cast.tablet.go_offline().await?;
    let ids = cast.ids([5]);
    cast.phone.delete_ids(&ids).await?;
    let stale = cast.expected.tablet.clone();
    cast.expected.alice_deletes(&ids);
    cast.expected.tablet = stale;
    cast.say("bob", "I am on the train, where are you?", false)
        .await?;
    let step = Step {
        title: "The tablet is offline. The phone deletes message 5, and Bob writes.",
        expected: "the tablet knows of neither yet",
        ..Step::default()
    };
    show(cast, stage, step).await
}

async fn come_back(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    cast.tablet.go_online().await?;
    cast.expected.tablet.clone_from(&cast.expected.alice_server);
    let step = Step {
        title: "The tablet comes back.",
        expected: "it got the new message and dropped the deleted one",
        ..Step::default()
    };
    show(cast, stage, step).await
}

async fn delete_conversation(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    cast.phone.delete_conversation().await?;
    let ids = cast.ids(1..=cast.rows.len());
    cast.expected.alice_deletes(&ids);
    let table = cast.look().await?;
    let step = Step {
        title: "Alice deletes the whole conversation.",
        call: "DELETE /user/alice/user_channel  {\"channel\":\"bob\",\"delete_roam\":true}",
        expected: "nothing is left for Alice; Bob still has every word",
        also: vec![
            (
                "it left Alice's conversation list",
                cast.phone.server_conversations().await?.is_empty(),
            ),
            (
                "it is still on Bob's",
                cast.bob.server_conversations().await? == ["alice"],
            ),
        ],
    };
    stage.show(&step, &table);
    Ok(())
}

async fn start_again(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    cast.say("bob", "Got your seat!", true).await?;
    cast.say("alice", "Running!", true).await?;
    let table = cast.look().await?;
    let step = Step {
        title: "Bob writes again, and Alice answers.",
        expected: "Alice gets what is new; nothing that she deleted comes back",
        also: vec![(
            "Bob is on Alice's list again",
            cast.phone.server_conversations().await? == ["bob"],
        )],
        ..Step::default()
    };
    stage.show(&step, &table);
    Ok(())
}

async fn delete_everything(cast: &mut Cast, stage: &mut Stage) -> anyhow::Result<()> {
    cast.phone.delete_everything().await?;
    let ids = cast.ids(1..=cast.rows.len());
    cast.expected.alice_deletes(&ids);
    let table = cast.look().await?;
    let step = Step {
        title: "Alice deletes everything she has.",
        call: "POST /sdk/message/roaming/user/alice/delete/all",
        expected: "an empty slate for Alice; Bob's history is complete to the last word",
        also: vec![(
            "Alice's list is empty",
            cast.phone.server_conversations().await?.is_empty(),
        )],
    };
    stage.show(&step, &table);
    Ok(())
}
