import Storage

extension Migration {
    /// Work that goes on after the call that asked for it, and when work is to be asked for.
    ///
    /// A running job belongs to whoever holds `lease`, until `lease_until`. `checkpoint` is where another attempt goes
    /// on; it is written in one transaction with the results up to there.
    static let jobs = Migration(
        7, "jobs",
        [
            .both(
                """
                CREATE TABLE jobs (
                    id ID NOT NULL PRIMARY KEY,
                    kind TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
                    payload TEXT NOT NULL,
                    checkpoint TEXT,
                    result TEXT,
                    error TEXT,
                    done INTEGER NOT NULL,
                    total INTEGER,
                    results INTEGER NOT NULL,
                    priority INTEGER NOT NULL,
                    attempts INTEGER NOT NULL,
                    max_attempts INTEGER NOT NULL,
                    cancel_requested INTEGER NOT NULL,
                    unique_key TEXT UNIQUE,
                    lease ID,
                    lease_until INTEGER,
                    run_at INTEGER NOT NULL,
                    created_by ID,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    started_at INTEGER,
                    finished_at INTEGER
                ) STRICT;
                CREATE INDEX jobs_waiting ON jobs (priority DESC, id) WHERE state = 'queued';
                CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';
                CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
                CREATE INDEX jobs_state ON jobs (state, id);
                CREATE INDEX jobs_kind ON jobs (kind, id);
                CREATE TABLE job_results (
                    job_id ID NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
                    sequence INTEGER NOT NULL,
                    value TEXT NOT NULL,
                    PRIMARY KEY (job_id, sequence)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE job_schedules (
                    name TEXT NOT NULL PRIMARY KEY,
                    cron TEXT NOT NULL,
                    time_zone TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    payload TEXT NOT NULL,
                    misfire TEXT NOT NULL,
                    enabled INTEGER NOT NULL,
                    last_run INTEGER,
                    next_run INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX job_schedules_due ON job_schedules (next_run) WHERE enabled = 1
                """)
        ])
}
