import NIOCore
import NIOPosix
import Synchronization

/// A server that says what a test tells it to, byte for byte, so that it can lie and break off.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        /// Path and query.
        var target: String
        /// Names in lower case.
        var headers: [String: String]

        /// Where the wanted range begins; 0 without a range.
        var offset: Int {
            guard let range = headers["range"], range.hasPrefix("bytes="), range.hasSuffix("-") else { return 0 }
            return Int(range.dropFirst(6).dropLast()) ?? 0
        }
    }

    struct Reply: Sendable {
        var bytes: [UInt8]
        /// Leaves the connection open and says no more.
        var stalls = false
    }

    private let seen = Mutex<[Request]>([])
    private let channel: any Channel

    var requests: [Request] { seen.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    private init(channel: any Channel) { self.channel = channel }

    /// Serves while the body runs. `reply` gets each request with its number, from 0.
    static func with(
        _ reply: @escaping @Sendable (Request, Int) -> Reply, _ body: (ScriptedServer) async throws -> Void
    ) async throws {
        let record = Record()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(reply: reply, record: record))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(channel: channel)
        record.server.withLock { $0 = server }
        do {
            try await body(server)
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    /// Breaks the circle between the handlers of connections and the server that needs the bound channel.
    private final class Record: Sendable {
        let server = Mutex<ScriptedServer?>(nil)

        /// Keeps a request; returns its number.
        func add(_ request: Request) -> Int {
            guard let server = server.withLock({ $0 }) else { return 0 }
            return server.seen.withLock { seen in
                seen.append(request)
                return seen.count - 1
            }
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let reply: @Sendable (Request, Int) -> Reply
        private let record: Record
        private var head = ""

        init(reply: @escaping @Sendable (Request, Int) -> Reply, record: Record) {
            self.reply = reply
            self.record = record
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            head += String(buffer: unwrapInboundIn(data))
            guard head.hasSuffix("\r\n\r\n") else { return }
            let request = Self.parse(head)
            head = ""
            let answer = reply(request, record.add(request))
            let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer.bytes)))
            guard !answer.stalls else { return }
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        }

        private static func parse(_ head: String) -> Request {
            let lines = head.split(separator: "\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                headers[line[..<colon].lowercased()] = String(value)
            }
            return Request(target: String(lines[0].split(separator: " ")[1]), headers: headers)
        }
    }
}

extension ScriptedServer.Reply {
    /// An answer with exactly these headers.
    static func raw(_ status: String, _ headers: [String], _ body: some Sequence<UInt8> = []) -> Self {
        let head = (["HTTP/1.1 \(status)", "Connection: close"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
        return Self(bytes: Array(head.utf8) + body)
    }

    static func status(_ status: String, _ headers: [String] = []) -> Self {
        raw(status, headers + ["Content-Length: 0"])
    }

    /// What an honest server answers, ranges included; with `limit` it breaks off after so many bytes.
    static func file(_ content: [UInt8], _ request: ScriptedServer.Request, limit: Int = .max, etag: String = "\"1\"")
        -> Self
    {
        let offset = request.offset
        let rest = content[min(offset, content.count)...]
        let headers = ["Content-Length: \(rest.count)", "ETag: \(etag)"]
        guard offset > 0 else { return raw("200 OK", headers, rest.prefix(limit)) }
        let range = "Content-Range: bytes \(offset)-\(content.count - 1)/\(content.count)"
        return raw("206 Partial Content", headers + [range], rest.prefix(limit))
    }
}
