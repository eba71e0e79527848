import Foundation

/// The parts of a webhook's URL. One reading serves the check and the connection, so that the two cannot differ.
struct WebhookAddress: Sendable, Equatable {
    struct Refusal: Error, Equatable {
        let reason: String
    }

    static let lengthLimit = 2048

    let isSecure: Bool
    /// A name or a literal address, without brackets.
    let host: String
    let port: Int
    /// Path and query, beginning with a slash.
    let target: String

    /// - Throws: `Refusal` for anything but an `http` or `https` URL without credentials.
    init(_ url: String) throws(Refusal) {
        guard url.utf8.count <= Self.lengthLimit else {
            throw Refusal(reason: "must have at most \(Self.lengthLimit) bytes")
        }
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }),
            let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased()
        else { throw Refusal(reason: "must be a URL; write other letters percent-encoded, and names as punycode") }
        guard ["http", "https"].contains(scheme) else { throw Refusal(reason: "must begin with https:// or http://") }
        guard parts.user == nil, parts.password == nil, !Self.authority(of: url).contains("@") else {
            throw Refusal(reason: "must have no user name or password; the signature shows who sends")
        }
        guard parts.fragment == nil else { throw Refusal(reason: "must have no fragment") }
        isSecure = scheme == "https"
        host = try Self.host(parts)
        port = parts.port ?? (isSecure ? 443 : 80)
        guard (1...65_535).contains(port) else { throw Refusal(reason: "must have a port from 1 to 65535") }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        target = path + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// For the `Host` header.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// What stands between the slashes and the path, as written.
    private static func authority(of url: String) -> Substring {
        guard let slashes = url.range(of: "//") else { return "" }
        return url[slashes.upperBound...].prefix { !"/?#".contains($0) }
    }

    private static func host(_ parts: URLComponents) throws(Refusal) -> String {
        var host = parts.encodedHost ?? ""
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        let isPlain = host.allSatisfy { character in
            character.isASCII && (character.isLetter || character.isNumber || "-._".contains(character))
                || character == ":" && isBracketed
        }
        guard (1...253).contains(host.utf8.count), isPlain else { throw Refusal(reason: "must have a plain host name") }
        return host
    }
}
