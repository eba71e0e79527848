import NIOCore
import NIOPosix

/// A TCP connection on which a test writes what it likes, for requests that no HTTP client would send.
struct RawConnection {
    struct Answer {
        var status: Int
        var head: String
        var body: String

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()):") }
                .map { $0.drop { $0 != ":" }.dropFirst().drop { $0 == " " } }.map(String.init)
        }
    }

    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var received = ""
    let channel: any Channel

    static func open<Value>(to port: Int, _ use: (inout RawConnection) async throws -> Value) async throws -> Value {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(
                outbound: outbound, inbound: inbound.makeAsyncIterator(), channel: channel.channel)
            return try await use(&connection)
        }
    }

    private init(
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, channel: any Channel
    ) {
        self.outbound = outbound
        self.inbound = inbound
        self.channel = channel
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    /// The next answer, by its Content-Length; `nil` when the connection ends before.
    mutating func answer() async throws -> Answer? {
        guard let end = try await receive(until: { $0.firstRange(of: "\r\n\r\n")?.upperBound }) else { return nil }
        let head = String(received[..<end])
        received = String(received[end...])
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var answer = Answer(status: status, head: head, body: "")
        let length = answer.header("content-length").flatMap { Int($0) } ?? 0
        guard
            let bodyEnd = try await receive(until: { text in
                text.utf8.count >= length ? text.utf8.index(text.startIndex, offsetBy: length) : nil
            })
        else { return nil }
        answer.body = String(received[..<bodyEnd])
        received = String(received[bodyEnd...])
        return answer
    }

    /// Whether the other side closes without sending more.
    mutating func isClosed() async throws -> Bool {
        try await inbound.next() == nil && received.isEmpty
    }

    private mutating func receive(until found: (String) -> String.Index?) async throws -> String.Index? {
        while true {
            if let index = found(received) { return index }
            guard let bytes = try await inbound.next() else { return nil }
            received += String(buffer: bytes)
        }
    }
}
