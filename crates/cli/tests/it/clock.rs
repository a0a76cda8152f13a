//! A wall clock that jumps under a server: ids go on increasing, and nothing stops.

use crate::faults::Faults;
use crate::rest::Caller;
use crate::serving::Server;
use lacuna_sdk::Pos;
use std::net::SocketAddr;

const HOUR_MS: i64 = 3_600_000;

/// Back by two hours, forward by a day, back to before the server began; and the same across a restart.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_is_outlived() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = other.path().join("clock");
    let faults = Faults {
        folder: data.path().to_owned(),
        clock: Some(clock.clone()),
        ..Faults::default()
    };
    let start =
        |listen: SocketAddr| Server::start_with(data.path(), listen, |command| faults.put(command));
    let mut server = start(SocketAddr::from(([127, 0, 0, 1], 0)));
    let app = Caller::app(server.addr()).await;
    let (anna, _) = (app.user("anna").await, app.user("ben").await);
    let mut ids: Vec<u64> = Vec::new();
    for hours in [0, -2, 0, 24, -100, 24, -2] {
        std::fs::write(&clock, (hours * HOUR_MS).to_string()).unwrap();
        for restarted in [false, true] {
            if restarted {
                server.kill();
                server = start(server.addr());
            }
            for nth in 0..3 {
                let text = format!("{hours} {restarted} {nth}");
                let id = app.send("ben", "anna", &text).await.unwrap().unwrap();
                assert!(ids.last().is_none_or(|last| *last < id), "ids increase");
                ids.push(id);
            }
        }
        assert_eq!(anna.history("anna", "ben").await.len(), ids.len());
    }
    // The times are those of the ids: they stay a day ahead, and a deletion up to one of them takes what is before it.
    let times: Vec<u64> = ids.iter().map(|id| Pos(*id).time().0).collect();
    assert!(times.is_sorted());
    std::fs::write(&clock, (30 * HOUR_MS).to_string()).unwrap();
    let middle = times.partition_point(|time| *time <= times[20]);
    let done = anna.delete_through("anna", "ben", times[20]).await;
    assert_eq!(done, Some(true));
    let left = anna.history("anna", "ben").await;
    assert_eq!(left.into_iter().collect::<Vec<_>>(), ids[middle..]);
    // By a clock that is behind, a time to come is everything all the same.
    std::fs::write(&clock, (-100 * HOUR_MS).to_string()).unwrap();
    let done = anna.delete_through("anna", "ben", times[0]).await;
    assert_eq!(done, Some(true));
    assert!(anna.history("anna", "ben").await.is_empty());
    assert_eq!(
        app.user("ben").await.history("ben", "anna").await.len(),
        ids.len()
    );
}
