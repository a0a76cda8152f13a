//! Work that nobody waits for: purge, retention, and what has had its day.

use crate::service::Service;
use lacuna_domain::AppId;
use lacuna_domain::limits::{ABSENT_STEP_MAX, PURGE_STEP_MAX};
use lacuna_store::{Result, Sweep};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How many rows a sweep drops in one step, per kind.
const SWEEP_STEP_MAX: usize = 500;
/// How many messages or records one step of renaming looks at.
const RENAME_STEP_MAX: usize = 200;
/// How many rounds pass between two sweeps.
const SWEEP_EVERY: u32 = 30;

/// Purges and sweeps until it is told to stop. Every step is one short act, so that sends and deletions pass between.
pub(crate) async fn run(service: Arc<Service>, stop: CancellationToken) {
    let interval = Duration::from_millis(service.config.store.job_interval_ms.max(10));
    let mut round = 0u32;
    // INVARIANT L7: the log may still hold what the last process had purged when it ended. Test (package testing):
    // `a_server_that_starts_erases_what_the_last_one_had_purged`.
    let mut unerased = true;
    // After a start nobody has a session: who is in a room is noted, to leave it without having come back.
    let mut unwatched = true;
    loop {
        if unwatched {
            match service.watch_rooms().await {
                Ok(()) => unwatched = false,
                Err(error) => tracing::warn!(%error, "rooms cannot be read; it is tried again"),
            }
        }
        while !stop.is_cancelled() && service.leave_absent().await >= ABSENT_STEP_MAX {
            tokio::task::yield_now().await;
        }
        if let Err(error) = rename(&service, &stop).await {
            tracing::warn!(
                error = whole(&error),
                "renaming step failed; it is tried again"
            );
        }
        if let Err(error) = purge(&service, &stop, &mut unerased).await {
            tracing::warn!(
                error = whole(&error),
                "purge step failed; it is tried again"
            );
        }
        if let Err(error) = remove_files(&service, &stop).await {
            tracing::warn!(
                error = whole(&error),
                "removing files failed; it is tried again"
            );
        }
        if round.is_multiple_of(SWEEP_EVERY)
            && let Err(error) = sweep(&service, &stop, &mut unerased).await
        {
            tracing::warn!(
                error = whole(&error),
                "sweep step failed; it is tried again"
            );
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}

/// Tells an application's integrators what happened until it is told to stop. Apart from the rest, and from other applications:
/// their servers may be slow.
pub(crate) async fn tell(service: Arc<Service>, app: AppId, stop: CancellationToken) {
    let interval = Duration::from_millis(service.config.store.job_interval_ms.max(10));
    loop {
        let told = tokio::select! {
            () = stop.cancelled() => return,
            told = service.tell_due(app) => told,
        };
        match told {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(
                error = whole(&error),
                "telling integrators failed; it is tried again"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(interval) => {}
        }
    }
}

/// An error as a log takes it: with what caused it.
fn whole(error: &lacuna_store::Error) -> &(dyn std::error::Error + 'static) {
    error
}

/// Puts what deleted users did under the names that it shall go by. The bodies as they were go with the next purge.
async fn rename(service: &Service, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() && service.rename_deleted(RENAME_STEP_MAX).await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Purges what is marked, then empties the write-ahead log. `unerased` remembers a log that could not be emptied yet.
async fn purge(service: &Service, stop: &CancellationToken, unerased: &mut bool) -> Result<()> {
    while !stop.is_cancelled() {
        let step = service.store.purge_step(PURGE_STEP_MAX).await?;
        service
            .metrics
            .purged
            .inc_by(u64::try_from(step.purged).unwrap_or(u64::MAX));
        *unerased |= step.purged > 0;
        if !step.more {
            break;
        }
        tokio::task::yield_now().await;
    }
    if *unerased && service.store.erase().await? {
        *unerased = false;
    }
    Ok(())
}

/// Removes the files that are doomed: by the purge just now, by age, or with their account.
async fn remove_files(service: &Service, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() && service.remove_files().await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Drops what has had its day. The bodies of signals are overwritten: the next purge empties the log.
async fn sweep(service: &Service, stop: &CancellationToken, unerased: &mut bool) -> Result<()> {
    while !stop.is_cancelled() {
        let swept = service
            .store
            .sweep(Sweep {
                now: service.clock.now(),
                limit: SWEEP_STEP_MAX,
            })
            .await?;
        *unerased |= swept.signals > 0;
        if !swept.more {
            break;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}
