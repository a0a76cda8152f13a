//! Our way to use SQLite: pragmas with reasons, one writer with group commit, a pool of readers, migrations.
