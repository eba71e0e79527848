import Foundation
import Testing

@testable import Gallery

struct GalleryUpdateTests {
    private static let storages: [GalleryIndex.Storage] = [
        .memory, .file(folder: FileManager.default.temporaryDirectory.path),
    ]

    @Test(arguments: storages) func `any sequence of updates leaves what a dictionary holds`(
        _ storage: GalleryIndex.Storage
    ) throws {
        var random = SeededGenerator(21)
        let index = try GalleryIndex(dimensions: 20, storage: storage)
        var model: [GalleryKey: GalleryEntry] = [:]
        for step in 0..<9000 {
            let key = key(Int.random(in: 0..<600, using: &random))
            let entry = GalleryEntry(
                key: key, person: person(&random), vector: random.vector(20),
                isAnchor: Int.random(in: 0..<5, using: &random) == 0)
            switch Int.random(in: 0..<9, using: &random) {
            case 0...3:
                if model[key] == nil {
                    try index.insert(entry)
                    model[key] = entry
                } else {
                    #expect(throws: GalleryError.self) { try index.insert(entry) }
                }
            case 4...5:
                try index.replace(entry)
                model[key] = entry
            default: #expect(try index.remove(key) == (model.removeValue(forKey: key) != nil))
            }
            if step % 500 == 0 { try verify(index, model, &random) }
        }
        try verify(index, model, &random)
    }

    private func person(_ random: inout SeededGenerator) -> GalleryKey {
        GalleryKey(high: 1, low: UInt64.random(in: 0..<40, using: &random))
    }

    private func verify(
        _ index: GalleryIndex, _ model: [GalleryKey: GalleryEntry], _ random: inout SeededGenerator
    ) throws {
        let figures = index.figures
        #expect(figures.templates == model.values.count { !$0.isAnchor })
        #expect(figures.anchors == model.values.count { $0.isAnchor })
        #expect(figures.persons == Set(model.values.map(\.person)).count)
        let probe = random.vector(20)
        let found = try index.search([probe], limit: 1000)[0]
        #expect(agree(found, reference(probe, Array(model.values))))
        for match in found { #expect(model[match.key]?.person == match.person) }
        for entry in model.values { #expect(try index.entry(entry.key) == entry) }
    }

    @Test(arguments: storages) func `removing overwrites the vector and its int8 form`(
        _ storage: GalleryIndex.Storage
    ) throws {
        var random = SeededGenerator(2)
        let index = try GalleryIndex(dimensions: 70, storage: storage)
        for number in 0..<3 {
            try index.insert(GalleryEntry(key: key(number), person: key(9 + number % 2), vector: random.vector(70)))
        }
        #expect(try bytes(of: index, row: 1).contains { $0 != 0 })
        #expect(try index.remove(key(1)))
        #expect(try bytes(of: index, row: 1).allSatisfy { $0 == 0 })
        for number in [0, 2] { #expect(try index.remove(key(number))) }
        for row in [0, 2] { #expect(try bytes(of: index, row: row).allSatisfy { $0 == 0 }) }
        // The slots are used again.
        for number in 10..<13 {
            try index.insert(GalleryEntry(key: key(number), person: key(9), vector: random.vector(70)))
        }
        #expect(index.blocks[0].used == 3)
    }

    private func bytes(of index: GalleryIndex, row: Int) throws -> [UInt8] {
        let block = index.blocks[0]
        var vector = [Float](repeating: .nan, count: index.dimensions)
        try vector.withUnsafeMutableBufferPointer { try block.vectors.read(row, into: #require($0.baseAddress)) }
        let codes = UnsafeBufferPointer(start: block.codes + row * index.stride, count: index.stride)
        let keys = [block.keys[row], block.persons[row]]
        return vector.withUnsafeBytes { Array($0) } + codes.map { UInt8(bitPattern: $0) }
            + keys.withUnsafeBytes { Array($0) }
    }

    @Test func `the file has no name and is for this user only`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gallery-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let index = try GalleryIndex(dimensions: 4, storage: .file(folder: folder.path))
        try index.insert(GalleryEntry(key: key(1), person: key(1), vector: [1, 0, 0, 0]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        let own = links.filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0))?
                .hasPrefix(folder.path) == true
        }
        #expect(own.count == 1)
        for link in own {
            var status = stat()
            #expect(stat("/proc/self/fd/" + link, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(status.st_nlink == 0)
        }
    }

    @Test func `where the file system has no unnamed files, the name goes at once`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gallery-\(UUID().uuidString)")
        #expect(throws: GalleryError.self) { try TemplateFile.createUnlinked(in: folder.path) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let descriptor = try TemplateFile.createUnlinked(in: folder.path)
        defer { close(descriptor) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        var status = stat()
        #expect(fstat(descriptor, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `a file that lost its end is an error, not a wrong cosine`() throws {
        let folder = FileManager.default.temporaryDirectory.path
        let file = try TemplateFile(folder: folder)
        let vectors = try TemplateVectors(dimensions: 4, rows: 8, file: file, firstSlot: 8)
        try vectors.write([1, 2, 3, 4], to: 1)
        var vector = [Float](repeating: 0, count: 4)
        try vectors.read(1, into: &vector)
        #expect(vector == [1, 2, 3, 4])
        #expect(throws: GalleryError.self) { try vectors.read(2, into: &vector) }
    }

    @Test func `the table of slots holds what a dictionary holds`() {
        var random = SeededGenerator(5)
        let keys = (0..<400).map { _ in GalleryKey(high: random.next(), low: random.next()) }
        var table = SlotTable()
        var model: [GalleryKey: Int32] = [:]
        for _ in 0..<20_000 {
            let slot = Int32.random(in: 0..<400, using: &random)
            let key = keys[Int(slot)]
            if Bool.random(using: &random) {
                table.set(key, to: slot) { keys[Int($0)] }
                model[key] = slot
            } else {
                table.remove(key) { keys[Int($0)] }
                model[key] = nil
            }
            #expect(table.count == model.count)
            let asked = keys.randomElement(using: &random) ?? key
            #expect(table.find(asked) { keys[Int($0)] } == model[asked])
        }
    }
}
