//! Hashing passwords.

use super::{Refusal, Reply};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use lacuna_domain::ErrorCode;
use lacuna_domain::limits::HASH_QUEUE_MAX;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Hashes passwords on blocking threads, two at a time, with a bounded queue.
#[derive(Debug)]
pub(super) struct Hasher {
    waiting: Semaphore,
    working: Arc<Semaphore>,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            waiting: Semaphore::new(HASH_QUEUE_MAX),
            working: Arc::new(Semaphore::new(2)),
        }
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Reply<T> {
        let _waiting = self.waiting.try_acquire().map_err(|_| Refusal::busy())?;
        let working = Arc::clone(&self.working)
            .acquire_owned()
            .await
            .map_err(|_| Refusal::busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(working);
            result
        });
        done.await.map_err(|_| Refusal::internal())
    }

    pub(super) async fn hash(&self, password: String) -> Reply<String> {
        let hashed = self
            .run(move || {
                argon2()
                    .hash_password(password.as_bytes())
                    .map(|hash| hash.to_string())
            })
            .await?;
        hashed.map_err(|_| {
            Refusal::new(
                ErrorCode::InvalidPassword,
                "illegal_argument",
                "password or pin is not legal",
            )
        })
    }

    pub(super) async fn verify(&self, password: String, phc: String) -> Reply<bool> {
        self.run(move || {
            let parsed = PasswordHash::new(&phc);
            parsed.is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            })
        })
        .await
    }
}

/// The hash that the password of an unknown name is compared with: of no password, at the cost of [`argon2`].
pub(super) const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWF0LWFsbA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How passwords are hashed. Fuzz targets register all the time and guard nothing: there it costs the least that it may.
fn argon2() -> Argon2<'static> {
    #[cfg(fuzzing)]
    if let Ok(least) = argon2::Params::new(8, 1, 1, None) {
        return Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, least);
    }
    Argon2::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_costs_what_a_known_one_does() {
        let real = argon2().hash_password(b"pw").unwrap();
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(nobody.algorithm, real.algorithm);
        assert_eq!(nobody.params, real.params);
        let length = |hash: &PasswordHash| hash.hash.unwrap().as_bytes().len();
        assert_eq!(length(&nobody), length(&real));
    }
}
