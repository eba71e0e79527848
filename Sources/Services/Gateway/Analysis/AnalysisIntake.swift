import AIBoxAPI
import Foundation
import Hummingbird
import NIOCore
import ServiceHTTP

/// Takes the pictures and the options out of a request, in whichever of the three forms they come.
struct AnalysisIntake: Sendable {
    private enum Form {
        case multipart(contentType: String)
        case json
        /// The picture itself. `isNamed`: the header says that it is one.
        case raw(isNamed: Bool)
    }

    let reader: BodyReader

    /// Adds what the request gives to `options` and returns the encoded picture, which is a slice of the body where
    /// the form permits.
    ///
    /// - Throws: `Problem`: 415 before the body is read when its type is none of ours, 422 without a picture.
    func read(_ request: Request, into options: inout Options) async throws -> ByteBuffer {
        let form = try Self.form(request.headers[.contentType])
        guard case .raw(let isNamed) = form else { return try await read(request, form, ["image"], into: &options)[0] }
        options.insertQuery(of: request)
        let picture = try await reader.read(request)
        guard isNamed || picture.readableBytes == 0 || PictureFormat(picture) != nil else { throw Self.unsupported }
        return try Self.notEmpty(picture, "image")
    }

    /// The pictures of a request that carries several, by the names of their parts or members.
    /// - Throws: as ``read(_:into:)``; 415 for a body that is a picture itself.
    func read(_ request: Request, pictures names: [String], into options: inout Options) async throws -> [ByteBuffer] {
        let form = try Self.form(request.headers[.contentType])
        if case .raw = form {
            throw Problem.unsupported(
                "Send multipart/form-data with the parts \(names.joined(separator: " and ")), or JSON with members of "
                    + "these names in base64.")
        }
        return try await read(request, form, names, into: &options)
    }

    private func read(
        _ request: Request, _ form: Form, _ names: [String], into options: inout Options
    ) async throws -> [ByteBuffer] {
        options.insertQuery(of: request)
        let body = try await reader.read(request)
        let pictures =
            if case .multipart(let contentType) = form {
                try Self.pictures(inForm: body, contentType, names, &options)
            } else {
                try Self.pictures(inJSON: body, names, &options)
            }
        let missing = names.filter { pictures[$0] == nil }
        for name in missing { options.report(name, "is missing; \(Self.hint(form, name))") }
        if !missing.isEmpty { try options.check() }
        return try names.compactMap { name in try pictures[name].map { try Self.notEmpty($0, name) } }
    }

    private static func hint(_ form: Form, _ name: String) -> String {
        if case .multipart = form {
            "the part that carries the picture has this name"
        } else {
            "it is the picture in base64"
        }
    }

    private static func notEmpty(_ picture: ByteBuffer, _ name: String) throws(Problem) -> ByteBuffer {
        guard picture.readableBytes > 0 else { throw .invalid(name, "is empty") }
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

    private static func pictures(
        inForm body: ByteBuffer, _ contentType: String, _ names: [String], _ options: inout Options
    ) throws(Problem) -> [String: ByteBuffer] {
        var pictures: [String: ByteBuffer] = [:]
        for part in try MultipartForm(body, contentType: contentType).parts {
            if !names.contains(part.name) {
                options.insert(part)
            } else if pictures.updateValue(part.content, forKey: part.name) != nil {
                options.report(part.name, "is given twice; send one picture a part")
            }
        }
        return pictures
    }

    private static func pictures(
        inJSON body: ByteBuffer, _ names: [String], _ options: inout Options
    ) throws -> [String: ByteBuffer] {
        var pictures: [String: ByteBuffer] = [:]
        // No object that is taken has as many values: each needs two bytes.
        let budget = JSONValueBudget(MetadataRules.byteLimit / 2)
        for (name, value) in try JSONBytes.decode([String: JSONOption].self, from: body, budget: budget) {
            guard names.contains(name) else {
                options.insert(name, value)
                continue
            }
            switch value {
            case .text(let text): pictures[name] = try picture(inBase64: text, name)
            case .other, .object, .unfit: options.report(name, "must be a string with the picture in base64")
            case .nothing: break
            }
        }
        return pictures
    }

    /// Line breaks and spaces are let through, since many encoders wrap lines; nothing else is.
    private static func picture(inBase64 text: String, _ name: String) throws(Problem) -> ByteBuffer {
        guard text.prefix(5).lowercased() != "data:" else {
            let prefix = text.prefix(while: { $0 != "," }).prefix(64)
            throw .invalid(name, "begins with “\(prefix),”; send only the base64 behind that comma")
        }
        if let bytes = Data(base64Encoded: text) { return ByteBuffer(data: bytes) }
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        guard let bytes = Data(base64Encoded: Data(digits)) else { throw .invalid(name, "is not valid base64") }
        return ByteBuffer(data: bytes)
    }

    private static let unsupported = Problem.unsupported(
        "Send a picture (image/jpeg, image/png, image/webp, image/bmp, image/gif, image/heic, image/avif), "
            + "multipart/form-data with a part named image, or JSON with the picture in base64.")
}
