import Foundation
import NIOCore
import Synchronization

/// Looks host names up as the system does. A look-up blocks and cannot be stopped: it has threads of its own, and a
/// caller that is cancelled goes on without it.
final class HostLookup: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let shared = HostLookup()
    /// Look-ups that may wait for the name servers.
    private static let waitingLimit = 64

    private let threads = OperationQueue()

    private init() {
        threads.name = "aibox.lookup"
        threads.maxConcurrentOperationCount = 4
    }

    func addresses(_ host: String, _ port: Int) async throws -> [SocketAddress] {
        guard threads.operationCount < Self.waitingLimit else { throw Failure(description: "the name server is slow") }
        let answer = Answer()
        threads.addOperation { answer.give(Result { try Self.lookUp(host, port) }) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.take($0) }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    private static func lookUp(_ host: String, _ port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else { throw Failure(description: "\(host): \(String(cString: gai_strerror(status)))") }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
            guard let info = entry?.pointee, let address = info.ai_addr else { return nil }
            switch info.ai_family {
            case AF_INET:
                return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    SocketAddress($0.pointee, host: host)
                }
            case AF_INET6:
                return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    SocketAddress($0.pointee, host: host)
                }
            default: return nil
            }
        }
    }

    /// The first result that is given; later ones are dropped.
    private final class Answer: Sendable {
        private struct State {
            var result: Result<[SocketAddress], any Error>?
            var waiter: CheckedContinuation<[SocketAddress], any Error>?
        }

        private let state = Mutex(State())

        func give(_ result: Result<[SocketAddress], any Error>) {
            let waiter = state.withLock { state -> CheckedContinuation<[SocketAddress], any Error>? in
                guard state.result == nil else { return nil }
                state.result = result
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(with: result)
        }

        func take(_ continuation: CheckedContinuation<[SocketAddress], any Error>) {
            let result = state.withLock { state -> Result<[SocketAddress], any Error>? in
                if state.result == nil { state.waiter = continuation }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
