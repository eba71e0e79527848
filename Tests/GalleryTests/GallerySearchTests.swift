import Foundation
import Testing

@testable import Gallery

struct GallerySearchTests {
    /// Sets that try the bound: far apart, near each other, the same vector many times, few large elements.
    enum Kind: CaseIterable {
        case spread
        case crowded
        case duplicates
        case sparse
    }

    static func entries(_ kind: Kind, count: Int, dimensions: Int, seed: UInt64) -> [GalleryEntry] {
        var random = SeededGenerator(seed)
        let centre = random.vector(dimensions)
        let few = (0..<7).map { _ in random.vector(dimensions) }
        return (0..<count).map { number in
            let vector: [Float] =
                switch kind {
                case .spread: random.vector(dimensions)
                case .crowded: random.vector(near: centre, noise: 0.003)
                case .duplicates: few[number % few.count]
                case .sparse:
                    unit(
                        random.vector(dimensions).enumerated().map {
                            $0.offset == number % dimensions ? 40 : $0.element * 0.01
                        })
                }
            return GalleryEntry(key: key(number), person: key(number / 3), vector: vector)
        }
    }

    @Test(arguments: Kind.allCases, [(1, 40), (3, 700), (64, 300), (65, 5000), (128, 5000), (512, 4200)])
    func `a search finds what a comparison with all finds, in every kernel and storage`(
        _ kind: Kind, _ size: (dimensions: Int, count: Int)
    ) throws {
        let entries = Self.entries(kind, count: size.count, dimensions: size.dimensions, seed: 3)
        var random = SeededGenerator(4)
        var probes = (0..<5).map { _ in random.vector(size.dimensions) }
        probes += (0..<3).map { _ in random.vector(near: entries[size.count / 2].vector, noise: 0.5) }
        probes.append(entries[1].vector)
        let expected = probes.map { Array(reference($0, entries).prefix(100)) }
        let folder = FileManager.default.temporaryDirectory.path
        for kernel in VectorKernel.available {
            for storage in [GalleryIndex.Storage.memory, .file(folder: folder)] {
                let index = try GalleryIndex(dimensions: size.dimensions, storage: storage, kernel: kernel)
                for entry in entries { try index.insert(entry) }
                for limit in [1, 10, 100] {
                    for (found, all) in zip(try index.search(probes, limit: limit), expected) {
                        #expect(agree(found, Array(all.prefix(limit))), "\(kernel.name) \(limit)")
                    }
                }
            }
        }
    }

    @Test func `equal cosines come in the order of their keys, however they were inserted`() throws {
        let index = try GalleryIndex(dimensions: 8, storage: .memory)
        var random = SeededGenerator(1)
        let vector = random.vector(8)
        for number in Array(0..<500).shuffled(using: &random) {
            try index.insert(GalleryEntry(key: key(number), person: key(0), vector: vector))
        }
        let found = try index.search([vector], limit: 20)[0]
        #expect(found.map(\.key) == (0..<20).map(key))
    }

    @Test func `many probes share a pass and get the same as one by one`() throws {
        let entries = Self.entries(.spread, count: 3000, dimensions: 96, seed: 8)
        let index = try GalleryIndex(dimensions: 96, storage: .memory)
        for entry in entries { try index.insert(entry) }
        var random = SeededGenerator(9)
        let probes = (0..<131).map { _ in random.vector(96) }
        let together = try index.search(probes, limit: 7)
        for (probe, found) in zip(probes, together) { #expect(try index.search([probe], limit: 7)[0] == found) }
        #expect(try index.search([], limit: 7).isEmpty)
    }

    @Test func `matches below the minimum are left out`() throws {
        let entries = Self.entries(.spread, count: 2000, dimensions: 32, seed: 5)
        let index = try GalleryIndex(dimensions: 32, storage: .memory)
        for entry in entries { try index.insert(entry) }
        let probe = entries[10].vector
        let expected = reference(probe, entries).filter { $0.cosine >= 0.4 }
        #expect(expected.count > 1)
        #expect(agree(try index.search([probe], limit: 1000, minimum: 0.4)[0], expected))
    }

    @Test func `vectors of any length are compared by direction`() throws {
        let index = try GalleryIndex(dimensions: 3, storage: .memory)
        try index.insert(GalleryEntry(key: key(1), person: key(1), vector: [3e20, 0, 4e20]))
        let found = try index.search([[0, 0, -1e-5], [6, 0, 8]], limit: 1)
        #expect(abs(found[0][0].cosine + 0.8) < 1e-6)
        #expect(abs(found[1][0].cosine - 1) < 1e-6)
    }

    @Test(arguments: [
        ([Float](), GalleryError.Code.wrongDimension), ([1, 2, 3], .wrongDimension),
        ([1, 2, 3, 4, 5], .wrongDimension),
        ([0, 0, 0, 0], .invalidVector), ([0, -0, 1e-30, 0], .invalidVector), ([1, .nan, 0, 0], .invalidVector),
        ([1, .infinity, 0, 0], .invalidVector), ([-.infinity, .infinity, 0, 0], .invalidVector),
    ])
    func `a vector that cannot be compared is refused`(_ vector: [Float], _ code: GalleryError.Code) throws {
        let index = try GalleryIndex(dimensions: 4, storage: .memory)
        let entry = GalleryEntry(key: key(1), person: key(1), vector: vector)
        #expect(throws: GalleryError.self) { try index.insert(entry) }
        for call in [
            { _ = try index.search([[1, 0, 0, 0], vector], limit: 1) }, { try index.insert(entry) },
            { try index.replace(entry) }, { _ = try index.bestPersons([vector], limit: 1) },
        ] as [() throws -> Void] {
            do {
                try call()
                Issue.record("accepted")
            } catch let error as GalleryError {
                #expect(error.code == code)
            }
        }
        #expect(index.figures.templates == 0)
    }

    @Test(arguments: [0, -1, 1001]) func `a limit out of range is refused`(_ limit: Int) throws {
        let index = try GalleryIndex(dimensions: 4, storage: .memory)
        #expect(throws: GalleryError.self) { try index.search([[1, 0, 0, 0]], limit: limit) }
        #expect(throws: GalleryError.self) { try index.bestPersons([[1, 0, 0, 0]], limit: limit) }
    }

    @Test(arguments: [0, -3, 16_385]) func `a dimension that no gallery has is refused`(_ dimensions: Int) {
        #expect(throws: GalleryError.self) { try GalleryIndex(dimensions: dimensions, storage: .memory) }
    }

    @Test func `a folder that is not there is refused`() {
        #expect(throws: GalleryError.self) {
            try GalleryIndex(dimensions: 4, storage: .file(folder: "/nonexistent/folder"))
        }
    }

    @Test func `the best persons are those of a comparison with all, anchors respected`() throws {
        var random = SeededGenerator(12)
        let centres = (0..<60).map { _ in random.vector(48) }
        var entries: [GalleryEntry] = []
        for number in 0..<1800 {
            // Many persons look alike, so that anchors decide and the first answer is not enough.
            let vector = random.vector(near: centres[number % 3], noise: 0.4)
            entries.append(GalleryEntry(key: key(number), person: key(10_000 + number / 6), vector: vector))
        }
        for number in 1800..<2500 {
            let vector = random.vector(near: centres[number % 3], noise: 0.1)
            let person = key(10_000 + Int.random(in: 0..<300, using: &random))
            entries.append(GalleryEntry(key: key(number), person: person, vector: vector, isAnchor: true))
        }
        let index = try GalleryIndex(dimensions: 48, storage: .memory)
        for entry in entries.shuffled(using: &random) { try index.insert(entry) }
        let probes = (0..<40).map { random.vector(near: centres[$0 % 3], noise: 0.5) }
        var excluded = 0
        for (probe, found) in zip(probes, try index.bestPersons(probes, limit: 5)) {
            var best: [GalleryKey: GalleryMatch] = [:]
            for match in reference(probe, entries) where best[match.person] == nil { best[match.person] = match }
            let ranked = best.values.sorted { $0.isBefore($1) }
            let allowed = ranked.filter { match in
                !entries.contains {
                    $0.isAnchor && $0.person == match.person && dot(probe, $0.vector) >= match.cosine
                }
            }
            excluded += ranked.prefix(5).filter { !allowed.contains($0) }.count
            #expect(agree(found, Array(allowed.prefix(5))))
        }
        #expect(excluded > 50)
    }
}
