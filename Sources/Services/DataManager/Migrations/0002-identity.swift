import Storage

extension Migration {
    /// Users, and their sessions with every refresh token a session ever had: a token that comes back after it was
    /// exchanged must be known as one of that session.
    static let identity = Migration(
        2, "identity",
        [
            .both(
                """
                CREATE TABLE users (
                    id ID NOT NULL PRIMARY KEY,
                    username TEXT NOT NULL UNIQUE,
                    role TEXT NOT NULL,
                    email TEXT,
                    full_name TEXT,
                    must_change_password INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    password_hash TEXT NOT NULL
                ) STRICT;
                CREATE TABLE sessions (
                    id ID NOT NULL PRIMARY KEY,
                    user_id ID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                    refresh_hash TEXT NOT NULL,
                    expires_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX sessions_user ON sessions (user_id);
                CREATE INDEX sessions_expiry ON sessions (expires_at);
                CREATE TABLE refresh_tokens (
                    hash TEXT NOT NULL PRIMARY KEY,
                    session_id ID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id)
                """)
        ])
}
