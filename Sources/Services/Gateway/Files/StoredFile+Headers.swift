import AIBoxAPI
import Foundation
import HTTPTypes

extension StoredFile {
    /// A strong validator (RFC 9110, section 8.8.3): the content's checksum.
    var entityTag: String { "\"\(sha256)\"" }

    /// Whether a value of `If-None-Match` names this content (RFC 9110, section 13.1.2: weak comparison).
    func isNamed(by condition: String) -> Bool {
        condition.split(separator: ",").contains { item in
            let tag = item.trimmingCharacters(in: .whitespaces)
            return tag == "*" || tag == entityTag || tag == "W/" + entityTag
        }
    }

    /// Types that a browser shows without running anything.
    private var isShown: Bool {
        ["image/", "video/"].contains(where: mediaType.hasPrefix) && mediaType != "image/svg+xml"
    }

    /// RFC 6266, section 5: the name in ASCII for old clients, and whole in UTF-8 (RFC 8187). Everything but pictures
    /// and videos is to be saved, not shown.
    var contentDisposition: String {
        let kind = isShown ? "inline" : "attachment"
        guard let name else { return kind }
        let ascii = name.unicodeScalars.map { scalar in
            scalar.isASCII && scalar.value >= 32 && scalar.value != 127 && !"\"\\%/;".unicodeScalars.contains(scalar)
                ? Character(scalar) : "_"
        }
        let escaped = name.addingPercentEncoding(withAllowedCharacters: Self.attributeCharacters) ?? ""
        return "\(kind); filename=\"\(String(ascii))\"; filename*=UTF-8''\(escaped)"
    }

    /// `attr-char` of RFC 8187.
    private static let attributeCharacters = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~")

    var headers: HTTPFields {
        var headers: HTTPFields = [
            .contentType: mediaType, .eTag: entityTag, .acceptRanges: "bytes", .cacheControl: "private, no-cache",
            .xContentTypeOptions: "nosniff", .contentDisposition: contentDisposition,
        ]
        // Nothing in it may act, should a browser show it all the same.
        headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        return headers
    }
}
