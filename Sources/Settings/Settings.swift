/// Everything that an operator can set, read once at the start and passed on by value.
///
/// ``load(flags:environment:)`` fills it from ``Setting/table``, which holds names, kinds, defaults and meanings;
/// the meaning of a property is told there.
public struct Settings: Sendable {
    /// The services that this process runs.
    public enum Role: String, CaseIterable, Sendable {
        case all
        case gateway
        case modelServer = "model-server"
        case dataManager = "data-manager"
    }

    /// The inference engine; `auto` takes the preferred one that the machine has.
    public enum Engine: String, CaseIterable, Sendable {
        case auto, onnxruntime, openvino
    }

    /// Raw values equal those of swift-log's `Logger.Level`.
    public enum LogLevel: String, CaseIterable, Sendable {
        case debug, info, warning, error, critical
    }

    public enum LogFormat: String, CaseIterable, Sendable {
        case json, text
    }

    public internal(set) var role = Role.all
    public internal(set) var host = ""
    /// 0 lets the system choose a free one.
    public internal(set) var port = 0
    public internal(set) var config: String?
    public internal(set) var dataDirectory = ""

    public internal(set) var models: [String] = []
    public internal(set) var modelCache = ""
    public internal(set) var catalog: String?
    public internal(set) var allowLicences: [String] = []
    /// Task to model (`name` or `name@version`).
    public internal(set) var taskModels: [String: String] = [:]
    /// Share of strangers who may pass for somebody in one comparison of faces.
    public internal(set) var falseAcceptRate = 0.0

    public internal(set) var engines: [String] = []
    public internal(set) var engine = Engine.auto
    /// 0 means: chosen from the machine.
    public internal(set) var threadsPerSession = 0
    /// Inferences of one model at a time; 0 means: chosen from the machine.
    public internal(set) var parallel = 0
    public internal(set) var queueLimit = 0

    public internal(set) var maxBodyBytes = 0
    public internal(set) var maxPixels = 0
    public internal(set) var requestTimeout = Duration.zero

    public internal(set) var logLevel = LogLevel.info
    public internal(set) var logFormat = LogFormat.text
    /// Folder of a Swagger UI distribution.
    public internal(set) var swaggerUI: String?
    public internal(set) var metricsAllow: [String] = []

    public internal(set) var adminPassword: Secret?
    public internal(set) var internalSecret: Secret?
    /// A secret, because it may carry a password.
    public internal(set) var databaseURL = Secret("")
    public internal(set) var databaseReplicas: Secret?
    /// Keys, one a line.
    public internal(set) var encryptionKey: Secret?
    public internal(set) var encryptionKeyCommand: String?
    public internal(set) var encryptionRequireSealed = false
    public internal(set) var backupDirectory = ""
    public internal(set) var backupKeep = 0
    /// A cron expression.
    public internal(set) var backupSchedule: String?
    public internal(set) var detectionsRetention: Duration?
    /// A secret, because it may carry a password.
    public internal(set) var redisURL: Secret?
    /// A secret, because it may carry a password.
    public internal(set) var mongodbURL: Secret?
    public internal(set) var metadataIndexes: [String] = []
    /// A secret, because it may carry keys.
    public internal(set) var s3URL: Secret?
    public internal(set) var maxFileBytes = 0
    public internal(set) var fileQuotaBytes = 0
    public internal(set) var modelServers: [String] = []
    public internal(set) var dataManagers: [String] = []
    public internal(set) var webhookAllow: [String] = []
    public internal(set) var spoolMaxBytes = 0
    /// IANA's name, or an offset.
    public internal(set) var timeZone = ""

    /// What the operator should know although the settings can be used, e.g. a secret that everyone may read.
    public internal(set) var warnings: [String] = []

    var origins: [Setting.Name: Origin] = [:]

    /// Only ``load(flags:environment:)`` makes one: the initial values above are no defaults.
    init() {}
}

extension Settings {
    /// A value as it was written, and where. In ``origins`` the text of a secret is replaced.
    struct Origin: Sendable {
        var text: String
        var source: SettingSource
    }

    /// Where the value of `name` came from.
    public func source(of name: Setting.Name) -> SettingSource { origins[name]?.source ?? .default }

    /// The value of `name` as text that may be shown; `nil` when it has none. Secrets read `(secret)`.
    public func display(of name: Setting.Name) -> String? { origins[name]?.text }
}
