//! The trace: what goes on, in words.

use super::network::Next;
use super::world::World;
use bytes::Bytes;
use lacuna_proto::frame::Upstream;
use lacuna_proto::pb::{Jid, Meta};
use lacuna_sdk::transport::frames::{self, Downstream};
use std::collections::BTreeSet;

impl World {
    pub(crate) fn describe(&self, next: Next) -> String {
        let name = |phone: usize| self.phones[phone].resource.as_str();
        let of = |wire: usize| {
            let wire = &self.wires[wire];
            format!(
                "the server, for {} on connection {},",
                name(wire.phone),
                wire.conn
            )
        };
        match next {
            Next::Read(phone) => {
                let frame = self.phones[phone].coming.front().cloned().flatten();
                let frame = frame.map_or_else(|| "the end".to_owned(), |frame| downstream(&frame));
                format!("{} reads {frame}", name(phone))
            }
            Next::Step(phone) => format!("{} does a step", name(phone)),
            Next::Frame(wire) => {
                let frame = self.wires[wire].going.front().map(upstream);
                format!(
                    "{} reads {}",
                    of(wire),
                    frame.unwrap_or_else(|| "nothing: it registers it".to_owned())
                )
            }
            Next::Hear(wire) => format!("{} hears what was published", of(wire)),
            Next::Work(wire, work) => {
                let work = self.wires[wire]
                    .link
                    .as_ref()
                    .map(|link| link.describe(work));
                format!("{} goes on with {}", of(wire), work.unwrap_or_default())
            }
            Next::End(wire) => format!("{} notices the end", of(wire)),
            Next::Serve(call) => {
                let call = &self.calls[call];
                format!("the server answers {}: {:?}", name(call.phone), call.kind)
            }
            Next::Answer(call) => {
                let call = &self.calls[call];
                format!("{} gets {:?}", name(call.phone), call.reply)
            }
        }
    }
}

/// A frame in a few words.
fn downstream(frame: &Bytes) -> String {
    match frames::decode(frame.clone()) {
        Ok(Downstream::Provision(reply)) => format!("the answer to its login {:?}", reply.standing),
        Ok(Downstream::Unread(reply)) => {
            let names = reply.unread.iter().map(|queue| queue.queue.as_ref());
            let names = names.map(|queue| queue.map_or("", Jid::name));
            // They come in any order.
            format!("unread {:?}", names.collect::<BTreeSet<_>>())
        }
        Ok(Downstream::Notice(queue)) => format!("notice {:?}", queue.name()),
        Ok(Downstream::Sync(page)) if page.meta_id() > 0 => {
            format!("answer to {}: {}", page.meta_id(), page.server_id())
        }
        Ok(Downstream::Sync(page)) => {
            let ids: Vec<u64> = page.metas.iter().map(Meta::id).collect();
            let queue = page.queue.as_ref().map_or("", Jid::name);
            format!("page {queue:?} {ids:?} key {:?}", page.next_key)
        }
        Ok(Downstream::Other) | Err(_) => "something else".to_owned(),
    }
}

fn upstream(frame: &Bytes) -> String {
    match lacuna_proto::frame::decode(frame) {
        Ok(Upstream::Sync {
            meta: Some(meta), ..
        }) => {
            let to = meta.0.to.as_ref().map_or("", Jid::name);
            format!("message {} to {to:?}", meta.0.id())
        }
        Ok(Upstream::Sync { key, queue, .. }) => {
            let queue = queue.as_ref().map_or("", Jid::name);
            format!("pull {queue:?} key {key:?}")
        }
        Ok(Upstream::Unread) => "unread?".to_owned(),
        Ok(Upstream::Provision { .. }) => "a login".to_owned(),
        Ok(Upstream::Logout(_) | Upstream::Other(_)) | Err(_) => "something else".to_owned(),
    }
}
