import NIOCore
import NIOPosix
import NIOSSL

/// Makes connections to the server that is to be used now: connects, authenticates, chooses the database, and asks
/// Sentinel where the master is.
struct RedisConnector: Sendable {
    private let configuration: RedisConfiguration
    private let group: any EventLoopGroup
    private let tls: NIOSSLContext?

    /// - Throws: `.invalid` when the file of authorities cannot be read.
    init(_ configuration: RedisConfiguration, group: any EventLoopGroup) throws(KeyValueError) {
        self.configuration = configuration
        self.group = group
        tls = try configuration.tls.map(Self.context)
    }

    /// `count` connections to one server.
    func connect(_ count: Int) async throws(KeyValueError) -> [RedisConnection] {
        let address = try await address()
        var connections: [RedisConnection] = []
        do {
            for _ in 0..<max(1, count) {
                let connection = try await open(address)
                connections.append(connection)
                try await greet(connection)
            }
            return connections
        } catch {
            for connection in connections { connection.close() }
            throw error
        }
    }

    private func address() async throws(KeyValueError) -> RedisAddress {
        switch configuration.place {
        case .server(let address): return address
        case .sentinels(let sentinels, let master):
            var reasons: [String] = []
            for sentinel in sentinels.shuffled() {
                do {
                    return try await self.master(master, accordingTo: sentinel)
                } catch {
                    reasons.append("\(sentinel): \(error.message)")
                }
            }
            throw KeyValueError(.unavailable, "No sentinel knows the master: \(reasons.joined(separator: "; "))")
        }
    }

    private func master(_ name: String, accordingTo sentinel: RedisAddress) async throws(KeyValueError) -> RedisAddress
    {
        let connection = try await open(sentinel)
        defer { connection.close() }
        let command = RESPCommand("SENTINEL", "get-master-addr-by-name", .text(name))
        let reply = try await connection.send([command], within: configuration.connectTimeout)[0]
        if case .error(let text) = reply { throw KeyValueError(reply: text) }
        guard let parts = reply.array, parts.count == 2, let host = parts[0].text,
            let port = parts[1].text.flatMap({ UInt16($0) })
        else { throw KeyValueError(.unavailable, "it knows no such master") }
        return RedisAddress(host: host, port: Int(port))
    }

    private func open(_ address: RedisAddress) async throws(KeyValueError) -> RedisConnection {
        let tls = tls
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
        do {
            return try await bootstrap.connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(Self.handler(tls, for: address.host))
                    }
                    let connection = RedisConnection(channel: channel)
                    try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(connection: connection))
                    return connection
                }
            }
        } catch {
            throw KeyValueError(.unavailable, "\(address) cannot be reached: \(error)")
        }
    }

    /// Authenticates, chooses the database and, behind Sentinel, makes sure that this is a master.
    private func greet(_ connection: RedisConnection) async throws(KeyValueError) {
        var commands: [RESPCommand] = []
        if let password = configuration.password {
            let user = configuration.username.map { [RESPArgument.text($0)] } ?? []
            commands.append(RESPCommand("AUTH", user + [.text(password)]))
        }
        if configuration.database != 0 { commands.append(RESPCommand("SELECT", .number(configuration.database))) }
        commands.append(RESPCommand("PING"))
        if case .sentinels = configuration.place { commands.append(RESPCommand("ROLE")) }
        let replies = try await connection.send(commands, within: configuration.connectTimeout)
        for reply in replies {
            if case .error(let text) = reply { throw KeyValueError(reply: text) }
        }
        if case .sentinels = configuration.place, replies.last?.array?.first?.text != "master" {
            throw KeyValueError(.unavailable, "The server that Sentinel names is not yet a master.")
        }
    }

    private static func context(_ tls: RedisConfiguration.TLS) throws(KeyValueError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        if let authorities = tls.authorities { configuration.trustRoots = .file(authorities) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw KeyValueError(.invalid, "The authorities for TLS with Redis cannot be read: \(error)")
        }
    }

    /// Names are verified as names; an address (which cannot be asked for by name) as an address.
    private static func handler(_ context: NIOSSLContext, for host: String) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }
}
