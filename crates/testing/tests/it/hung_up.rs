//! A call whose caller does not wait for the answer is done to its end, or not at all.

use crate::attachments::World;
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

const CALLS: usize = 60;

/// What is deleted is audited: both are of the same call, which somebody else cuts off anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_audited() {
    let world = World::new().await;
    let (addr, token) = (world.server.addr(), world.app_token.as_str());
    let service = world.server.service();
    let app = service.store.apps().await.unwrap()[0].id;
    for nth in 0..CALLS {
        let message = json!({"from": "alice", "to": ["bob"], "type": "txt", "body": {"msg": "gone"}, "sync_device": true});
        let sent = world.post("messages/users", message).await;
        let id = sent["data"]["bob"].as_str().unwrap().to_owned();
        let head = format!(
            "DELETE /lacuna/demo/rest/message/roaming/chat/user/alice?userId=bob&msgIdList={id} HTTP/1.1\r\nhost: localhost\r\n\
             authorization: Bearer {token}\r\ncontent-length: 0\r\n\r\n"
        );
        let mut socket = TcpStream::connect(addr).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        sleep(Duration::from_micros(u64::try_from(nth).unwrap() * 40)).await;
        drop(socket);
    }
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let audited = service.store.audit(app, None, 2 * CALLS).await.unwrap();
        let audited = audited
            .iter()
            .filter(|row| row.act.act == "history.delete_ids");
        let audited: u64 = audited.map(|row| row.act.count).sum();
        let list = json!({"queue": "bob@easemob.com", "start": -1, "pull_number": 50});
        let page = world.post("users/alice/messageroaming", list).await;
        let mut left = page["data"]["msgs"].as_array().unwrap().len();
        if page["data"]["is_last"] == json!(false) {
            left = CALLS; // more than a page: too few were deleted to say anything
        }
        let deleted = u64::try_from(CALLS - left).unwrap();
        if deleted == audited && deleted > 10 {
            break;
        }
        assert!(
            Instant::now() < end,
            "{deleted} are deleted, {audited} of them audited"
        );
        sleep(Duration::from_millis(50)).await;
    }
    world.server.stop().await.unwrap();
}
