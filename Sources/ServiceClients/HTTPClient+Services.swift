import AsyncHTTPClient

extension HTTPClient {
    /// A client for calls between services, to be shut down by the caller. A refused connection is an error at once,
    /// so that the next address is tried, and idle connections are given up before the server closes them.
    public static func betweenServices() -> HTTPClient {
        var configuration = Configuration(timeout: Configuration.Timeout(connect: .seconds(2)))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(30)
        // Every event stream of a gateway holds one while it waits; 64 are left for the rest.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
