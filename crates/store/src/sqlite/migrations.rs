//! The schema, one step after another. A step that was released is never changed.

use lacuna_sqlite::Migration;

/// In their order; a file is brought up to date when it is opened.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "create_tables",
        sql: include_str!("../../migrations/0001_create_tables.sql"),
    },
    Migration {
        number: 2,
        name: "add_acked_pos",
        sql: include_str!("../../migrations/0002_add_acked_pos.sql"),
    },
    Migration {
        number: 3,
        name: "add_sent_pos",
        sql: include_str!("../../migrations/0003_add_sent_pos.sql"),
    },
    Migration {
        number: 4,
        name: "create_records",
        sql: include_str!("../../migrations/0004_create_records.sql"),
    },
    Migration {
        number: 5,
        name: "add_room",
        sql: include_str!("../../migrations/0005_add_room.sql"),
    },
    Migration {
        number: 6,
        name: "add_recall",
        sql: include_str!("../../migrations/0006_add_recall.sql"),
    },
    Migration {
        number: 7,
        name: "list_groups",
        sql: include_str!("../../migrations/0007_list_groups.sql"),
    },
    Migration {
        number: 8,
        name: "create_files",
        sql: include_str!("../../migrations/0008_create_files.sql"),
    },
    Migration {
        number: 9,
        name: "create_hooks_and_holds",
        sql: include_str!("../../migrations/0009_create_hooks_and_holds.sql"),
    },
    Migration {
        number: 10,
        name: "add_account_active",
        sql: include_str!("../../migrations/0010_add_account_active.sql"),
    },
    Migration {
        number: 11,
        name: "add_parent",
        sql: include_str!("../../migrations/0011_add_parent.sql"),
    },
    Migration {
        number: 12,
        name: "index_shared_files",
        sql: include_str!("../../migrations/0012_index_shared_files.sql"),
    },
    Migration {
        number: 13,
        name: "create_renaming",
        sql: include_str!("../../migrations/0013_create_renaming.sql"),
    },
    Migration {
        number: 14,
        name: "index_hooks",
        sql: include_str!("../../migrations/0014_index_hooks.sql"),
    },
];
