import AIBoxAPI
import NIOCore
import ServiceClients
import Testing

/// What every implementation of `FileKeeping` must do, beginning without files.
func verifyFileKeeping(_ manager: any FileKeeping) async throws {
    let bytes = ByteBuffer(bytes: [0xFF, 0xD8, 0xFF, 0xE0] + (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
    let new = NewFile(name: "cổng \"1\".jpg", purpose: .image, createdBy: UUIDv7())
    #expect(try await manager.file(new.id) == nil)
    let file = try await manager.createFile(new, ByteStream(bytes), bytes: bytes.readableBytes)
    #expect(file.id == new.id && file.name == new.name && file.createdBy == new.createdBy)
    #expect(file.mediaType == "image/jpeg" && file.purpose == .image && file.bytes == bytes.readableBytes)
    #expect(file.sha256.utf8.count == 64)
    #expect(try await manager.file(new.id) == file)
    try await verifyContent(of: file, bytes, manager)

    let again = await problem { _ = try await manager.createFile(new, ByteStream(bytes), bytes: nil) }
    #expect(again?.status == 409)
    for (content, purpose, length, status) in [
        (bytes, .video, nil, 415), (ByteBuffer(string: "<svg xmlns=\"\"></svg>"), .image, nil, 415),
        (ByteBuffer(), .image, nil, 422), (bytes, .image, 7, 422),
    ] as [(ByteBuffer, FilePurpose, Int?, Int)] {
        let other = NewFile(purpose: purpose)
        let refusal = await problem { _ = try await manager.createFile(other, ByteStream(content), bytes: length) }
        // Over HTTP the length is part of the message: it cannot be wrong without breaking it.
        #expect(refusal?.status == status || length == 7 && refusal != nil, "\(purpose) \(length ?? -1)")
        #expect(try await manager.file(other.id) == nil)
    }
    let badName = await problem {
        _ = try await manager.createFile(NewFile(name: "a\nb", purpose: .image), ByteStream(bytes), bytes: nil)
    }
    #expect(badName?.errors?.map(\.field) == ["name"])

    let report = try await manager.createFile(
        NewFile(purpose: .report), ByteStream(ByteBuffer(string: "a,b\n1,2\n")), bytes: nil)
    #expect(report.mediaType == "text/csv" && report.name == nil && report.createdBy == nil)
    var query = FileQuery()
    query.limit = 1
    let page = try await manager.files(query)
    #expect(page.items == [report])
    query.cursor = page.nextCursor
    #expect(try await manager.files(query).items == [file])
    (query.cursor, query.purpose) = (nil, .image)
    #expect(try await manager.files(query).items == [file])
    for id in [file.id, report.id] { #expect(try await manager.deleteFile(id)) }
    #expect(try await manager.deleteFile(file.id) == false)
    #expect(try await manager.file(file.id) == nil)
    #expect(try await manager.content(ofFile: file.id, range: nil) == nil)
}

private func verifyContent(of file: StoredFile, _ bytes: ByteBuffer, _ manager: any FileKeeping) async throws {
    let length = file.bytes
    for (header, range) in [
        (nil, 0..<length), ("bytes=0-", 0..<length), ("bytes=5-9", 5..<10), ("bytes=-3", length - 3..<length),
        ("bytes=\(length - 1)-\(length + 5)", length - 1..<length), ("lines=1-2", 0..<length),
        ("bytes=1-2,4-5", 0..<length),
    ] as [(String?, Range<Int>)] {
        let content = try #require(try await manager.content(ofFile: file.id, range: header))
        #expect(content.range == range && content.total == length)
        var read = ByteBuffer()
        for try await var chunk in content.bytes { read.writeBuffer(&chunk) }
        #expect(read == bytes.getSlice(at: range.lowerBound, length: range.count), "\(header ?? "all")")
    }
    let beyond = await problem { _ = try await manager.content(ofFile: file.id, range: "bytes=\(length)-") }
    #expect(beyond?.status == 416)
    #expect(try await manager.content(ofFile: UUIDv7(), range: nil) == nil)
}
