//! A first app: logs in, says hello, reads the conversation, and deletes its own words again, everywhere.

use lacuna_sdk::{Body, Client, Find, Message, Name, NewMessage, Observer, Options, Target};
use std::sync::Arc;

struct Screen;

impl Observer for Screen {
    fn messages_received(&self, messages: &[Message]) {
        for message in messages {
            tracing::info!(from = %message.from, "a message came");
        }
    }
}

#[tokio::main]
async fn main() -> lacuna_sdk::Result<()> {
    let client = Client::new(Options::new(
        "lacuna#demo",
        "http://127.0.0.1:8080",
        "store",
    ))?;
    client.add_observer(Arc::new(Screen));
    client.login("alice", "secret").await?;

    let bob = Target::Peer(Name::new("bob").expect("a name"));
    let hello = NewMessage::text(bob.clone(), "Hello!");
    let sent = client.chat().send(hello).await?;

    let find = Find {
        conversation: Some(bob.clone()),
        limit: 20,
        ..Find::default()
    };
    for message in client.chat().find(find)? {
        if let Body::Text(text) = &message.body {
            tracing::info!(from = %message.from, text, "on this device");
        }
    }
    client.chat().delete_from_server(&bob, &[sent.id]).await?;
    client.close();
    Ok(())
}
