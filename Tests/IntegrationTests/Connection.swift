import Foundation

/// A TCP connection to the loopback address, with blocking calls.
final class Connection {
    struct Broken: Error, CustomStringConvertible {
        var description: String
        init(_ call: String) { description = "\(call): \(String(cString: strerror(errno)))" }
    }

    private static let patience = timeval(tv_sec: 60, tv_usec: 0)
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Broken("socket") }
        var patience = Self.patience
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard withLoopback(port, { connect(descriptor, $0, $1) }) == 0 else { throw Broken("connect") }
    }

    deinit { close(descriptor) }

    /// Sends what the other side takes: a server may answer and close before it has read everything.
    func send(_ bytes: Data) throws {
        try bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
                let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EPIPE || errno == ECONNRESET { return }
                guard count > 0 else { throw Broken("send") }
                sent += count
            }
        }
    }

    /// The answer, by its Content-Length or up to the end of the connection.
    func answer() throws -> Answer {
        var received = Data()
        while true {
            if let answer = Self.parse(received, isWhole: false) { return answer }
            let more = try receive()
            if more.isEmpty { break }
            received += more
        }
        guard let answer = Self.parse(received, isWhole: true) else {
            throw Broken("the connection ended after \(received.count) bytes")
        }
        return answer
    }

    /// The first line that comes.
    func line() throws -> String {
        var received = Data()
        while true {
            if let end = received.firstRange(of: Data("\r\n".utf8)) {
                return String(decoding: received[..<end.lowerBound], as: UTF8.self)
            }
            let more = try receive()
            guard !more.isEmpty else { throw Broken("the connection ended after \(received.count) bytes") }
            received += more
        }
    }

    private func receive() throws -> Data {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Broken("recv") }
        return Data(buffer.prefix(count))
    }

    private static func parse(_ received: Data, isWhole: Bool) -> Answer? {
        guard let end = received.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count < 2 ? "" : parts[1].trimmingCharacters(in: .whitespaces)
        }
        let body = received[end.upperBound...]
        guard let length = headers["content-length"].flatMap({ Int($0) }) else {
            return isWhole ? Answer(status: status, headers: headers, body: Data(body)) : nil
        }
        return body.count < length ? nil : Answer(status: status, headers: headers, body: Data(body.prefix(length)))
    }
}

/// Holds a port of the loopback address for as long as it lives.
final class TakenPort {
    let port: Int
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard withLoopback(0, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1) == 0 else {
            throw Connection.Broken("bind")
        }
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}

private func withLoopback(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
