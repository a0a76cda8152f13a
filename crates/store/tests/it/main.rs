//! The contract on every backend, and the laws under random acts.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test bodies")]

mod acts;
mod laws;
mod player;
mod shown;
mod side_by_side;
mod starts;

mod memory {
    use lacuna_store::Store;
    use lacuna_store::memory::MemoryStore;
    use std::sync::Arc;

    async fn open() -> (Arc<dyn Store>, ()) {
        (Arc::new(MemoryStore::new(1)), ())
    }

    lacuna_store::contract!(open);
}

mod sqlite {
    use lacuna_store::Store;
    use lacuna_store::sqlite::{Options, SqliteStore};
    use std::sync::Arc;

    pub(crate) async fn open() -> (Arc<dyn Store>, tempfile::TempDir) {
        let place = tempfile::tempdir().unwrap();
        let options = Options {
            node: 1,
            ..Options::default()
        };
        (
            Arc::new(SqliteStore::open(place.path(), options).unwrap()),
            place,
        )
    }

    lacuna_store::contract!(open);
}
