import AIBoxAPI
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// A service's HTTP server. Graceful shutdown stops accepting, lets requests under way finish, then returns.
public struct HTTPService<Context: ServiceRequestContext>: Service
where Context.Source == ApplicationRequestContextSource {
    public struct Configuration: Sendable {
        public var host: String
        /// 0 lets the system choose.
        public var port: Int
        /// Bytes of a body that are worth an invitation to send it (`Expect: 100-continue`); routes have limits of
        /// their own.
        public var maximumBody: Int
        public var pace = BodyPace()
        /// Time after which a connection without a request is closed.
        public var idleTimeout = Duration.seconds(60)
        /// Connections beyond this end the one that has waited longest for a request. Where all have one under way, some
        /// more are taken and the rest wait in the system's queue.
        public var maximumConnections = 1000
        public var backlog = 512

        public init(host: String, port: Int, maximumBody: Int) {
            self.host = host
            self.port = port
            self.maximumBody = maximumBody
        }
    }

    /// Connections that are taken beyond the maximum, to look whether another one makes room.
    private static var spareConnections: Int { 32 }

    /// Exposed for tests.
    public let application: Application<RouterResponder<Context>>
    private let configuration: Configuration

    /// - Parameters:
    ///   - router: with all routes in it.
    ///   - onListening: called with the port once connections are accepted.
    public init(
        router: Router<Context>, configuration: Configuration, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        let (pace, maximumBody) = (configuration.pace, configuration.maximumBody)
        let census = ConnectionCensus(limit: configuration.maximumConnections)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(pace: pace, maximumBody: maximumBody, census: census)],
            idleTimeout: TimeAmount(configuration.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        application = Application(
            router: router,
            server: HTTPServerBuilder { responder in
                EventLoopChannel(base: HTTP1Channel(responder: responder, configuration: channel))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: configuration.backlog,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.maximumConnections + Self.spareConnections)),
            onServerRunning: { await onListening($0.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// - Throws: `ListenError` when the address cannot be had.
    public func run() async throws {
        do {
            try await application.run()
        } catch {
            throw ListenError(error, host: configuration.host, port: configuration.port) ?? error
        }
    }
}
