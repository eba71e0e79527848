import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// Takes a file and what is said of it out of a request: the body is the file and the query says the rest, or a form
/// whose last part is the file.
struct FileIntake {
    let purpose: FilePurpose
    let name: String?
    let content: ByteStream
    /// Bytes of the content, when they are known before.
    let bytes: Int?

    private static let names = ["purpose", "name"]
    private static let part = "file"
    private static let optionLimit = 4096

    /// - Throws: `Problem` 422 naming each option that is wrong, 400 for a form that is none.
    init(_ request: Request) async throws {
        var options = Options(known: Self.names)
        options.insertQuery(of: request)
        let contentType = request.headers[.contentType] ?? ""
        var fileName: String?
        if HeaderValue(contentType).value == "multipart/form-data" {
            let form = try MultipartReader(ByteStream(request.body), contentType: contentType)
            fileName = try await Self.file(in: form, &options)
            content = ByteStream(FormFile(form: form))
            bytes = nil
        } else {
            content = ByteStream(request.body)
            bytes = request.headers[.contentLength].flatMap { Int($0) }
        }
        name = options.text("name", limit: 255) ?? fileName
        let purpose: FilePurpose? = options.choice("purpose")
        if !options.isGiven("purpose") {
            options.report("purpose", "is missing; it stands in the query, or before the file in the form")
        }
        try options.check()
        guard let purpose else { throw Problem.invalid("purpose", "is missing") }
        self.purpose = purpose
    }

    /// Takes the options before the file and stops at its content; returns the name that it comes with.
    private static func file(in form: MultipartReader, _ options: inout Options) async throws -> String? {
        while let part = try await form.nextPart() {
            if part.name == Self.part { return part.fileName.flatMap { $0.isEmpty ? nil : $0 } }
            let value = try await form.content(limit: optionLimit)
            guard let text = String(validating: value.readableBytesView, as: UTF8.self) else {
                options.report(part.name, "is not valid UTF-8")
                continue
            }
            options.insert(part.name, text)
        }
        options.report(Self.part, "is missing; the part that carries the file has this name")
        try options.check()
        return nil
    }
}

/// The file in a form, which has to be the last part: an option behind it would come too late.
private struct FormFile: AsyncSequence, Sendable {
    let form: MultipartReader

    struct AsyncIterator: AsyncIteratorProtocol {
        let form: MultipartReader

        mutating func next() async throws -> ByteBuffer? {
            if let piece = try await form.next() { return piece }
            guard let late = try await form.nextPart() else { return nil }
            throw Problem.invalid(late.name, "must stand before the file, which is the last part")
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(form: form) }
}
