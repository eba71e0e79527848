import Foundation
import TestSupport

/// TCP connections to a port of the loopback address that are held open, with blocking calls.
final class OpenConnections {
    private var descriptors: [Int32] = []
    private let port: Int

    init(to port: Int) {
        self.port = port
        Self.raisedLimit
    }

    /// Many systems start programs with 1024 descriptors.
    private static let raisedLimit: Void = {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }()

    deinit { closeAll() }

    var count: Int { descriptors.count }

    /// Opens one more and sends `text` on it.
    func open(sending text: String = "") throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw Failure("no connection to port \(port): \(reason)")
        }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        descriptors.append(descriptor)
        send(text, on: count - 1)
    }

    /// One that the other side has closed takes nothing any more, which is no failure.
    func send(_ text: String, on index: Int) {
        _ = text.withCString { Foundation.send(descriptors[index], $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }

    /// Sends `text` on one, the newest if not said, and returns what comes first; empty when it is closed or nothing
    /// comes for five seconds.
    func ask(_ text: String, on index: Int? = nil) -> String {
        let index = index ?? count - 1
        send(text, on: index)
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let received = recv(descriptors[index], &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, received)), as: UTF8.self)
    }

    func closeLast() { close(descriptors.removeLast()) }

    func closeAll() {
        while count > 0 { closeLast() }
    }
}
