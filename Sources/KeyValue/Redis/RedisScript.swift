import Crypto
import Foundation

/// A Lua script, called by its SHA-1 and sent whole when the server does not have it (any more).
struct RedisScript: Sendable {
    let source: String
    private let digest: String

    init(_ source: String) {
        self.source = source
        digest = Insecure.SHA1.hash(data: Data(source.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            .joined()
    }

    func call(_ keys: [String], _ arguments: [RESPArgument]) -> RESPCommand {
        RESPCommand("EVALSHA", parameters(digest, keys, arguments))
    }

    func callWhole(_ keys: [String], _ arguments: [RESPArgument]) -> RESPCommand {
        RESPCommand("EVAL", parameters(source, keys, arguments))
    }

    private func parameters(_ script: String, _ keys: [String], _ arguments: [RESPArgument]) -> [RESPArgument] {
        [.text(script), .number(keys.count)] + keys.map { .text($0) } + arguments
    }
}

extension RedisClient {
    /// - Returns: the reply, which is no error.
    func run(
        _ script: RedisScript, keys: [String], arguments: [RESPArgument], isIdempotent: Bool = false
    ) async throws(KeyValueError) -> RESPValue {
        let reply = try await send([script.call(keys, arguments)], isIdempotent: isIdempotent)[0]
        guard case .error(let text) = reply else { return reply }
        guard text.hasPrefix("NOSCRIPT") else { throw KeyValueError(reply: text) }
        // It was not executed; sent whole, the server keeps it.
        return try await call(script.callWhole(keys, arguments), isIdempotent: isIdempotent)
    }
}
