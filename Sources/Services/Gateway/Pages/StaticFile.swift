import HTTPTypes
import Hummingbird
import NIOCore

/// A file that is served as it is, without a credential.
struct StaticFile: Sendable {
    let contentType: String
    private let bytes: ByteBuffer
    private let policy: String

    /// Scripts, styles, pictures and requests from here only; no frames around the page.
    static let strictPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
        form-action 'self'; base-uri 'none'; frame-ancestors 'none'
        """
    /// Swagger UI writes style attributes.
    static let swaggerPolicy = strictPolicy.replacing("style-src 'self'", with: "style-src 'self' 'unsafe-inline'")

    /// - Parameter name: tells the content type by its extension.
    init(_ name: String, _ bytes: some Sequence<UInt8>, policy: String = Self.strictPolicy) {
        contentType = Self.contentType(of: name)
        self.bytes = ByteBuffer(bytes: bytes)
        self.policy = policy
    }

    var response: Response {
        var headers: HTTPFields = [
            .contentType: contentType, .xContentTypeOptions: "nosniff", .cacheControl: "no-cache",
        ]
        if contentType.hasPrefix("text/html") { headers[.contentSecurityPolicy] = policy }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
    }

    private static func contentType(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json": "application/json; charset=utf-8"
        case "yaml": "application/yaml; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg": "image/jpeg"
        case "webp": "image/webp"
        case "ico": "image/vnd.microsoft.icon"
        case "woff2": "font/woff2"
        case "webmanifest": "application/manifest+json"
        default: "application/octet-stream"
        }
    }
}
