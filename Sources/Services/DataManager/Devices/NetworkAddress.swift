import Foundation

/// Addresses as texts, each in one form, so that equal ones compare equal.
enum NetworkAddress {
    /// An IPv4 address in dotted decimal or an IPv6 address as RFC 5952 writes it, without a zone; `nil` for what
    /// inet_pton(3) does not take.
    static func canonicalIP(_ text: String) -> String? {
        // inet_pton reads up to the first NUL.
        guard !text.utf8.contains(0), text.utf8.count <= 45 else { return nil }
        return text.contains(":")
            ? canonical(text, AF_INET6, INET6_ADDRSTRLEN) : canonical(text, AF_INET, INET_ADDRSTRLEN)
    }

    private static func canonical(_ text: String, _ family: CInt, _ capacity: CInt) -> String? {
        var address = [UInt8](repeating: 0, count: 16)
        guard inet_pton(family, text, &address) == 1 else { return nil }
        var characters = [CChar](repeating: 0, count: Int(capacity))
        guard inet_ntop(family, &address, &characters, socklen_t(capacity)) != nil else { return nil }
        return String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// An EUI-48 as six octets in lower case with colons between, from the ways in which systems write it:
    /// `AA:BB:CC:DD:EE:FF`, `AA-BB-…`, `aabb.ccdd.eeff` and `aabbccddeeff`.
    static func canonicalMAC(_ text: String) -> String? {
        let pattern =
            /([0-9A-Fa-f]{2}([:\-])[0-9A-Fa-f]{2}(\2[0-9A-Fa-f]{2}){4})|([0-9A-Fa-f]{4}(\.[0-9A-Fa-f]{4}){2})|([0-9A-Fa-f]{12})/
        guard text.utf8.count <= 17, text.wholeMatch(of: pattern) != nil else { return nil }
        let digits = Array(text.lowercased().filter(\.isHexDigit))
        return stride(from: 0, to: 12, by: 2).map { String(digits[$0...$0 + 1]) }.joined(separator: ":")
    }
}
