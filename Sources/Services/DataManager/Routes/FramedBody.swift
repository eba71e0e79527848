import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// A value and the bytes of a picture in one body, without encoding the picture as text: the header
/// `X-AIBox-Head-Length` says how many bytes of JSON come first; what follows is the picture, or nothing.
struct FramedBody<Head: Decodable> {
    let head: Head
    let picture: ByteBuffer?

    /// - Throws: `Problem` 400 for a wrong length, 413 for a body over the reader's limit; `DecodingError` for other JSON.
    init(_ request: Request, _ reader: BodyReader) async throws {
        let header = request.headers.first { $0.name.canonicalName == InternalHeader.headLength.lowercased() }
        guard let length = header.flatMap({ Int($0.value) }) else {
            throw Problem.badRequest("The header \(InternalHeader.headLength) is missing or no number.")
        }
        var body = try await reader.read(request)
        guard length > 0, let json = body.readSlice(length: length) else {
            throw Problem.badRequest("\(InternalHeader.headLength) is not 1 to the length of the body.")
        }
        head = try JSONBytes.decode(Head.self, from: json)
        picture = body.readableBytes > 0 ? body.slice() : nil
    }
}
