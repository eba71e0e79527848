import AIBoxAPI
import NIOCore

/// Addresses and networks from which something may be asked, e.g. `127.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`.
public struct AddressList: Sendable {
    private struct Network {
        var bytes: [UInt8]
        var bits: Int

        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == bytes.count else { return false }
            let whole = bits / 8
            guard address.prefix(whole) == bytes.prefix(whole) else { return false }
            let rest = bits % 8
            return rest == 0 || (address[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
        }
    }

    /// No address at all.
    public static let none = AddressList()

    private let networks: [Network]

    private init() { networks = [] }

    /// 127.0.0.0/8 and ::1, and the `others`.
    /// - Throws: `Problem` 500 that names an entry which is neither an address nor a network.
    public init(loopbackAnd others: [String] = []) throws(Problem) {
        try self.init(["127.0.0.0/8", "::1"] + others)
    }

    /// These alone; none: no address is contained.
    /// - Throws: `Problem` 500 that names an entry which is neither an address nor a network.
    public init(_ entries: [String]) throws(Problem) {
        var networks: [Network] = []
        for text in entries { networks.append(try Self.network(text)) }
        self.networks = networks
    }

    public func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(of: address) else { return false }
        return networks.contains { $0.contains(bytes) }
    }

    private static func network(_ text: String) throws(Problem) -> Network {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = bytes(of: String(parts[0])),
            let bits = parts.count == 2 ? Int(parts[1]) : bytes.count * 8, (0...bytes.count * 8).contains(bits)
        else {
            throw Problem(
                500, "Invalid address", detail: "“\(text)” is neither an address nor a network such as 10.0.0.0/8.")
        }
        return Network(bytes: bytes, bits: bits)
    }

    /// 4 or 16 bytes; an IPv4 address in its IPv6 form counts as IPv4.
    private static func bytes(of address: String) -> [UInt8]? {
        guard let parsed = try? SocketAddress(ipAddress: address, port: 0) else { return nil }
        switch parsed {
        case .v4(let address): return withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let mapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            return mapped ? Array(bytes.suffix(4)) : bytes
        case .unixDomainSocket: return nil
        }
    }
}
