/// One thing that an operator can set, under one name in three forms: `--data-dir`, `AIBOX_DATA_DIR`, `data_dir:`.
public struct Setting: Sendable {
    /// The names of all settings, in the form that the YAML file uses.
    public enum Name: String, CaseIterable, Sendable {
        case role, host, port, config
        case dataDirectory = "data_dir"
        case models, catalog, engines, engine, parallel
        case modelCache = "model_cache"
        case allowLicences = "allow_licences"
        case taskModels = "task_models"
        case falseAcceptRate = "false_accept_rate"
        case threadsPerSession = "threads_per_session"
        case queueLimit = "queue_limit"
        case maxBodyBytes = "max_body_bytes"
        case maxPixels = "max_pixels"
        case requestTimeout = "request_timeout"
        case logLevel = "log_level"
        case logFormat = "log_format"
        case swaggerUI = "swagger_ui"
        case metricsAllow = "metrics_allow"
        case adminPassword = "admin_password"
        case internalSecret = "internal_secret"
        case databaseURL = "database_url"
        case databaseReplicas = "database_replicas"
        case mongodbURL = "mongodb_url"
        case metadataIndexes = "metadata_indexes"
        case encryptionKey = "encryption_key"
        case encryptionKeyCommand = "encryption_key_command"
        case encryptionRequireSealed = "encryption_require_sealed"
        case backupDirectory = "backup_dir"
        case backupKeep = "backup_keep"
        case backupSchedule = "backup_schedule"
        case detectionsRetention = "detections_retention"
        case redisURL = "redis_url"
        case s3URL = "s3_url"
        case maxFileBytes = "max_file_bytes"
        case fileQuotaBytes = "file_quota_bytes"
        case modelServers = "model_servers"
        case dataManagers = "data_managers"
        case webhookAllow = "webhook_allow"
        case spoolMaxBytes = "spool_max_bytes"
        case timeZone = "time_zone"
    }

    /// What holds when nobody sets anything.
    enum Default: Sendable {
        case none
        case text(String)
        /// Follows from settings further up in the table or from the account.
        case derived(described: String, @Sendable (Settings, Account) -> String)
    }

    public let name: Name
    let kind: Kind
    let fallback: Default
    /// One sentence for operators.
    public let meaning: String

    init(_ name: Name, _ kind: Kind, default fallback: Default = .none, _ meaning: String) {
        self.name = name
        self.kind = kind
        self.fallback = fallback
        self.meaning = meaning
    }

    /// The entry of `name`.
    public static subscript(name: Name) -> Setting { entries[name] ?? table[0] }

    private static let entries = Dictionary(table.map { ($0.name, $0) }) { first, _ in first }
}

extension Setting.Name {
    /// `--data-dir`
    public var flag: String { "--" + rawValue.replacing("_", with: "-") }

    /// `AIBOX_DATA_DIR`
    public var environmentVariable: String { "AIBOX_" + rawValue.uppercased() }

    /// `AIBOX_ADMIN_PASSWORD_FILE`; only secrets have one.
    var secretFileVariable: String { environmentVariable + "_FILE" }
}

extension Setting {
    /// The default as the reference shows it; `nil` when there is none.
    var defaultDescription: String? {
        switch fallback {
        case .none: nil
        case .text(let text): text
        case .derived(let described, _): described
        }
    }

    func defaultText(after settings: Settings, account: Account) -> String? {
        switch fallback {
        case .none: nil
        case .text(let text): text
        case .derived(_, let make): make(settings, account)
        }
    }
}
