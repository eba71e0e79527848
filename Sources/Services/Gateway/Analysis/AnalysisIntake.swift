import AIBoxAPI
import Foundation
import Hummingbird
import NIOCore
import ServiceHTTP

/// Takes the picture and the options out of a request, in whichever of the three forms they come.
struct AnalysisIntake: Sendable {
    private enum Form {
        case multipart(contentType: String)
        case json
        /// The picture itself. `isNamed`: the header says that it is one.
        case raw(isNamed: Bool)
    }

    /// Of `{"image": "<base64>", …}`.
    private struct JSONBody: Decodable {
        struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        var image: String?
        var options: [(String, JSONOption)] = []

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            for name in container.allKeys {
                if name.stringValue == "image" {
                    image = try container.decodeIfPresent(String.self, forKey: name)
                } else {
                    options.append((name.stringValue, try container.decode(JSONOption.self, forKey: name)))
                }
            }
        }
    }

    let reader: BodyReader

    /// Adds what the request gives to `options` and returns the encoded picture, which is a slice of the body where
    /// the form permits.
    ///
    /// - Throws: `Problem`: 415 before the body is read when its type is none of ours, 422 without a picture.
    func read(_ request: Request, into options: inout Options) async throws -> ByteBuffer {
        let form = try Self.form(request.headers[.contentType])
        options.insertQuery(of: request)
        let body = try await reader.read(request)
        let picture: ByteBuffer
        switch form {
        case .multipart(let contentType): picture = try Self.picture(inForm: body, contentType, &options)
        case .json: picture = try Self.picture(inJSON: body, &options)
        case .raw(let isNamed):
            picture = body
            guard isNamed || body.readableBytes == 0 || PictureFormat(body) != nil else { throw Self.unsupported }
        }
        guard picture.readableBytes > 0 else { throw Problem.invalid("image", "is empty") }
        return picture
    }

    /// `curl --data-binary` calls everything a form, and many clients say nothing or `application/octet-stream`: then
    /// the bytes decide.
    private static func form(_ contentType: String?) throws(Problem) -> Form {
        guard let contentType else { return .raw(isNamed: false) }
        let type = HeaderValue(contentType).value
        switch type {
        case "multipart/form-data": return .multipart(contentType: contentType)
        case "application/json": return .json
        case "", "application/octet-stream", "application/x-www-form-urlencoded": return .raw(isNamed: false)
        case _ where type.hasPrefix("image/"): return .raw(isNamed: true)
        default: throw unsupported
        }
    }

    private static func picture(
        inForm body: ByteBuffer, _ contentType: String, _ options: inout Options
    ) throws(Problem) -> ByteBuffer {
        var picture: ByteBuffer?
        for part in try MultipartForm(body, contentType: contentType).parts {
            if part.name != "image" {
                options.insert(part)
            } else if picture == nil {
                picture = part.content
            } else {
                options.report("image", "is given twice; send one picture a call")
            }
        }
        guard let picture else {
            options.report("image", "is missing; the part that carries the picture has this name")
            try options.check()
            throw .invalid("image", "is missing")
        }
        return picture
    }

    private static func picture(inJSON body: ByteBuffer, _ options: inout Options) throws -> ByteBuffer {
        let json = try JSONBytes.decode(JSONBody.self, from: body)
        for (name, value) in json.options { options.insert(name, value) }
        guard let text = json.image else { throw Problem.invalid("image", "is missing; it is the picture in base64") }
        return try picture(inBase64: text)
    }

    /// Line breaks and spaces are let through, since many encoders wrap lines; nothing else is.
    private static func picture(inBase64 text: String) throws(Problem) -> ByteBuffer {
        guard text.prefix(5).lowercased() != "data:" else {
            let prefix = text.prefix(while: { $0 != "," }).prefix(64)
            throw .invalid("image", "begins with “\(prefix),”; send only the base64 behind that comma")
        }
        if let bytes = Data(base64Encoded: text) { return ByteBuffer(data: bytes) }
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        guard let bytes = Data(base64Encoded: Data(digits)) else { throw .invalid("image", "is not valid base64") }
        return ByteBuffer(data: bytes)
    }

    private static let unsupported = Problem.unsupported(
        "Send a picture (image/jpeg, image/png, image/webp, image/bmp, image/gif), multipart/form-data with a part "
            + "named image, or JSON with the picture in base64.")
}
