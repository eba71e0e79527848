import AIBoxAPI
import KeyValue
import ServiceClients
import ServiceHTTP

/// The service on port 8000: who may ask what, and the public form of every answer. The work itself is the model
/// server's and the data manager's.
public struct Gateway: Sendable {
    public struct Configuration: Sendable {
        /// `AIBOX_INTERNAL_SECRET`; access tokens are signed with a key derived from it.
        public var internalSecret: String
        public var maxBodyBytes = 20_000_000
        /// Longest time for one analysis, once the picture is here.
        public var requestTimeout = Duration.seconds(30)
        /// Event streams that may be open at a time.
        public var maximumEventStreams = 64
        /// How long the reader of an event stream may take for what was sent.
        public var eventPatience = Duration.seconds(20)
        /// What several gateways share, so that a logout and wrong passwords count on all of them; `nil` for one alone.
        public var shared: FallbackKeyValueStore?
        /// Who may read `/metrics`.
        public var metricsReaders: AddressList
        /// The figures in the Prometheus text format.
        public var exposition: @Sendable () -> String = { "" }
        /// Files of the page (`Web/…`) and `api/openapi.yaml`, by path.
        public var assets: [String: [UInt8]] = [:]
        /// Folder of a Swagger UI distribution, shown at `/docs`.
        public var swaggerUI: String?
        /// Seconds since 1970.
        public var clock: @Sendable () -> Int = { Int(Timestamp.now.milliseconds / 1000) }

        public init(internalSecret: String, metricsReaders: AddressList) {
            self.internalSecret = internalSecret
            self.metricsReaders = metricsReaders
        }
    }

    let models: any ModelServing
    let data: any DataManaging
    let spool: InferenceSpool
    let configuration: Configuration
    let hasher: PasswordHasher
    let throttle: LoginThrottle
    let authenticator: Authenticator
    let sessions: Sessions
    let revocations: Revocations?
    let pages: PageRoutes
    let streams: EventStreams

    /// - Parameter spool: takes what is analysed with `store=async`; run by the caller.
    /// - Throws: `Problem` when the secret cannot be one, or what is wrong with the assets.
    public init(
        models: any ModelServing, data: any DataManaging, spool: InferenceSpool, configuration: Configuration
    ) async throws {
        guard configuration.internalSecret.utf8.count >= 16 else {
            throw Problem(500, "Internal secret too short", detail: "AIBOX_INTERNAL_SECRET needs at least 16 bytes.")
        }
        self.models = models
        self.data = data
        self.spool = spool
        self.configuration = configuration
        hasher = try PasswordHasher()
        throttle = LoginThrottle(clock: configuration.clock, shared: configuration.shared)
        revocations = configuration.shared.map(Revocations.init)
        let tokens = await AccessTokens(secret: configuration.internalSecret, seconds: configuration.clock)
        authenticator = Authenticator(tokens: tokens, data: data, revocations: revocations)
        sessions = Sessions(data: data, tokens: tokens, authenticator: authenticator)
        streams = EventStreams(limit: configuration.maximumEventStreams)
        pages = try PageRoutes(assets: configuration.assets, swaggerUI: configuration.swaggerUI)
    }
}
