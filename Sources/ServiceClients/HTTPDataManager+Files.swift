import AIBoxAPI
import Foundation
import NIOCore

extension HTTPDataManager {
    /// For contents of any size.
    private static let patience = Duration.seconds(3600)

    public func createFile(_ file: NewFile, _ content: ByteStream, bytes: Int?) async throws -> StoredFile {
        let head = String(decoding: try JSONEncoder().encode(file), as: UTF8.self).percentEncoded
        let call = InternalHTTP.Call(
            method: .POST, path: "/internal/files?file=\(head)", headers: ["Content-Type": "application/octet-stream"],
            timeout: Self.patience)
        let answer = try await http.send(call, streaming: content, bytes: bytes)
        return try http.decode(StoredFile.self, from: answer.body)
    }

    public func file(_ id: UUIDv7) async throws -> StoredFile? {
        try await http.value(.init(path: "/internal/files/\(id)"))
    }

    public func files(_ query: FileQuery) async throws -> Page<StoredFile> {
        try await page("/internal/files", query)
    }

    public func content(ofFile id: UUIDv7, range: String?) async throws -> FileContent? {
        var call = InternalHTTP.Call(path: "/internal/files/\(id)/content", timeout: Self.patience)
        if let range { call.headers.add(name: "Range", value: range) }
        do {
            let (headers, bytes) = try await http.open(call)
            guard let place = headers.first(name: InternalHeader.contentPlace).flatMap(ContentPlace.init) else {
                throw Problem(502, "Bad Gateway", detail: "The data manager does not say which bytes it sends.")
            }
            return FileContent(range: place.range, total: place.total, bytes: bytes)
        } catch let problem as Problem where problem.status == 404 {
            return nil
        }
    }

    public func deleteFile(_ id: UUIDv7) async throws -> Bool {
        try await isFound(.init(method: .DELETE, path: "/internal/files/\(id)"))
    }
}

/// Which bytes of a content are sent, `first-end/total` with `end` exclusive. Unlike `Content-Range` it can say that
/// there are none.
public struct ContentPlace: Sendable, Hashable, LosslessStringConvertible {
    public let range: Range<Int>
    public let total: Int

    public init(_ content: FileContent) { (range, total) = (content.range, content.total) }

    public init?(_ text: String) {
        let numbers = text.split(whereSeparator: { $0 == "-" || $0 == "/" }).compactMap { Int($0) }
        guard numbers.count == 3, numbers[0] <= numbers[1], numbers[1] <= numbers[2] else { return nil }
        (range, total) = (numbers[0]..<numbers[1], numbers[2])
        guard description == text else { return nil }
    }

    public var description: String { "\(range.lowerBound)-\(range.upperBound)/\(total)" }
}
