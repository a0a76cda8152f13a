//! Any bytes as steps of a session's [`World`]: the body of the fuzz target `session`.

use super::Upstream;
use super::world::{Odd, Step, World};
use bytes::Bytes;
use lacuna_proto::pb::meta::RouteType;
use lacuna_proto::pb::{Jid, MessageBody, Meta};
use prost::Message;

/// Steps that one input may have.
const STEPS_MAX: usize = 200;
/// A frame that is spelled out byte by byte begins here.
const FRAME: u8 = 30;

/// Moves a session as the bytes say: two for a step, and the content of a frame after some. At the end its client keeps to
/// the rules, and everything must come to rest.
pub fn session(input: &[u8]) {
    let (mut world, mut rest) = (World::new(), input);
    for _ in 0..STEPS_MAX {
        let Some((&[which, operand], after)) = rest.split_first_chunk::<2>() else {
            break;
        };
        rest = after;
        if which % 32 >= FRAME {
            let (frame, after) = rest.split_at(rest.len().min(operand.into()));
            rest = after;
            if let Ok(frame) = lacuna_proto::frame::decode(frame) {
                world.step(Step::Odd(Odd::Frame(frame)));
            }
        } else {
            world.step(step(which % 32, operand));
        }
    }
    world.settle();
}

fn step(which: u8, operand: u8) -> Step {
    match which {
        0..=3 => Step::Append {
            mine: operand & 1 == 1,
        },
        4..=6 => Step::Tell(usize::from(operand % 4)),
        7 => Step::TellAll,
        8..=9 => Step::Delete(usize::from(operand % 32)),
        10..=12 => Step::Read,
        13..=15 => Step::Answer,
        16..=19 => Step::Client,
        20 => Step::Pull,
        21 => Step::Keepalive,
        _ => Step::Odd(odd(which, operand)),
    }
}

fn odd(which: u8, operand: u8) -> Odd {
    let key = match operand >> 4 {
        0 => u64::MAX,
        1 => super::harness::BASE + u64::from(operand & 15),
        _ => u64::from(operand & 15),
    };
    match which {
        22 => Odd::Key("bob", key),
        23 => Odd::Key("", key),
        24 => Odd::Key("nobody", key),
        25 => Odd::Doubt {
            came: operand & 1 == 1,
        },
        26 => Odd::Online,
        27 => Odd::Submitted {
            fine: operand & 1 == 1,
        },
        28 if operand == 255 => Odd::Kick,
        28 => Odd::Pass(u64::from(operand) * 400),
        _ => Odd::Frame(sent(operand)),
    }
}

/// A message or receipt that the client sends, of any kind, in any namespace, to the other one, a group or nobody.
fn sent(operand: u8) -> Upstream {
    let app = "acme#demo";
    let to = match operand & 3 {
        0 | 1 => Jid::user(app, "bob"),
        2 => Jid::group(app, "9"),
        _ => Jid::user(app, "no name"),
    };
    let body = MessageBody {
        r#type: Some(i32::from(operand >> 2 & 7)),
        ..MessageBody::default()
    };
    let meta = Meta {
        id: Some(u64::from(operand)),
        to: Some(to),
        ns: Some(i32::from(operand >> 6) | 1),
        payload: Some(body.encode_to_vec().into()),
        routetype: (operand & 32 > 0).then_some(RouteType::RouteOnline.into()),
        ..Meta::default()
    };
    let raw = Bytes::from(meta.encode_to_vec());
    Upstream::Sync {
        meta: Some(Box::new((meta, raw))),
        key: None,
        queue: (operand & 16 > 0).then(|| Jid::user(app, "bob")),
    }
}
