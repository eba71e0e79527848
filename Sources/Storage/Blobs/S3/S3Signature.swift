import AIBoxAPI
import Crypto
import Foundation

/// Signs requests as AWS Signature Version 4 asks ("Signature Version 4 signing process", AWS General Reference), by
/// the `Authorization` field or, for a link, in the query. Pure: the moment is given.
struct S3Signature: Sendable {
    /// What is signed of a request.
    struct Request: Sendable {
        var method: String
        /// As in the request line: `S3Signature.encoded`, with slashes.
        var path: String
        /// Not encoded.
        var query: [(name: String, value: String)] = []
        /// Names in lower case; `host` is among them. All are signed.
        var headers: [String: String]

        /// The query of the request line: encoded and ordered.
        var encodedQuery: String {
            query.map { (S3Signature.encoded($0.name), S3Signature.encoded($0.value)) }
                .sorted { $0 < $1 }
                .map { "\($0.0)=\($0.1)" }
                .joined(separator: "&")
        }
    }

    static let algorithm = "AWS4-HMAC-SHA256"
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    let credentials: S3Credentials
    let region: String
    var service = "s3"

    /// The fields to be added to the request: `x-amz-date`, `authorization`, and where it is due
    /// `x-amz-security-token`.
    ///
    /// - Parameter payload: the SHA-256 of the body in hexadecimal digits, or `unsignedPayload`.
    func headers(for request: Request, payload: String, at moment: Timestamp) -> [String: String] {
        var request = request
        var added = ["x-amz-date": Self.time(moment)]
        if let token = credentials.sessionToken { added["x-amz-security-token"] = token }
        request.headers.merge(added) { $1 }
        let signature = signature(of: request, payload: payload, at: moment)
        let names = request.headers.keys.sorted().joined(separator: ";")
        added["authorization"] =
            "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(moment)), SignedHeaders=\(names), "
            + "Signature=\(signature)"
        return added
    }

    /// The query of a link that holds for `seconds` (1–604,800). Its bearer sends the headers of `request`.
    func linkQuery(
        for request: Request, payload: String = unsignedPayload, seconds: Int, at moment: Timestamp
    ) -> String {
        var request = request
        request.query += [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", "\(credentials.accessKey)/\(scope(moment))"),
            ("X-Amz-Date", Self.time(moment)),
            ("X-Amz-Expires", "\(seconds)"),
            ("X-Amz-SignedHeaders", request.headers.keys.sorted().joined(separator: ";")),
        ]
        if let token = credentials.sessionToken { request.query.append(("X-Amz-Security-Token", token)) }
        let signature = signature(of: request, payload: payload, at: moment)
        return "\(request.encodedQuery)&X-Amz-Signature=\(signature)"
    }

    private func signature(of request: Request, payload: String, at moment: Timestamp) -> String {
        let names = request.headers.keys.sorted()
        let fields = names.map { "\($0):\(Self.trimmed(request.headers[$0] ?? ""))\n" }.joined()
        let canonical = [
            request.method, request.path, request.encodedQuery, fields, names.joined(separator: ";"), payload,
        ].joined(separator: "\n")
        let hash = SHA256.hash(data: Data(canonical.utf8)).hexadecimal
        let text = [Self.algorithm, Self.time(moment), scope(moment), hash].joined(separator: "\n")
        return Self.code(text, key: signingKey(moment)).hexadecimal
    }

    private func signingKey(_ moment: Timestamp) -> [UInt8] {
        [Self.day(moment), region, service, "aws4_request"]
            .reduce(Array("AWS4\(credentials.secretKey)".utf8)) { Self.code($1, key: $0) }
    }

    private func scope(_ moment: Timestamp) -> String { "\(Self.day(moment))/\(region)/\(service)/aws4_request" }

    private static func code(_ text: String, key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key)))
    }

    /// `20130524T000000Z`.
    static func time(_ moment: Timestamp) -> String {
        "\(moment.description.prefix(19).filter { $0 != "-" && $0 != ":" })Z"
    }

    private static func day(_ moment: Timestamp) -> String { String(time(moment).prefix(8)) }

    /// Without blanks at the ends, and one blank for many.
    private static func trimmed(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
    }

    /// Everything but letters, digits and `-._~` as `%XX` (RFC 3986, section 2.3).
    static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case UInt8(ascii: "/") where keepingSlashes: bytes.append(byte)
            default: bytes += Array("%\([byte].hexadecimal.uppercased())".utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
