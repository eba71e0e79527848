import Storage

extension Migration {
    /// Machines, and what they measure of themselves.
    ///
    /// Metrics are kept as what is shown of them: least, greatest, sum and number of the values of a minute, kept for a
    /// day, and of an hour, kept for 30 days (`width` tells them apart). A device's rows lie together.
    static let devices = Migration(
        8, "devices",
        [
            .both(
                """
                CREATE TABLE devices (
                    id ID NOT NULL PRIMARY KEY,
                    device_name TEXT NOT NULL UNIQUE CHECK (device_name <> ''),
                    device_type TEXT NOT NULL,
                    ip_address TEXT NOT NULL,
                    mac_address TEXT,
                    platform_info TEXT,
                    status TEXT NOT NULL CHECK (status IN ('online', 'offline', 'maintenance')),
                    heartbeat_seconds INTEGER,
                    last_heartbeat_at INTEGER,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX devices_status ON devices (status, id);
                CREATE TABLE device_metrics (
                    device_id ID NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
                    width INTEGER NOT NULL,
                    metric_type TEXT NOT NULL,
                    metric_unit TEXT NOT NULL,
                    starts_at INTEGER NOT NULL,
                    minimum REAL NOT NULL,
                    maximum REAL NOT NULL,
                    total REAL NOT NULL,
                    samples INTEGER NOT NULL,
                    PRIMARY KEY (device_id, width, metric_type, metric_unit, starts_at)
                ) STRICT, WITHOUT ROWID
                """)
        ])
}
