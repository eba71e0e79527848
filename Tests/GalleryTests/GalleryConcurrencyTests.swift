import Foundation
import Synchronization
import Testing

@testable import Gallery

struct GalleryConcurrencyTests {
    /// Two threads insert and remove, one replaces and reassigns, three search.
    @Test(arguments: [GalleryIndex.Storage.memory, .file(folder: FileManager.default.temporaryDirectory.path)])
    func `searches beside updates see neither removed templates nor halves`(_ storage: GalleryIndex.Storage) throws {
        let load = try Load(storage)
        DispatchQueue.concurrentPerform(iterations: 6) { thread in
            switch thread {
            case 0, 1: load.attempt { try load.addAndRemove(thread) }
            case 2: load.attempt { try load.replace() }
            default: load.attempt { try load.search() }
            }
            if thread < 3 { load.writerEnded() }
        }
        #expect(load.state.withLock { $0.complaints } == [])
        #expect(load.state.withLock { $0.searches } > 0)
        #expect(load.index.figures.templates == 9001 + 40)
        #expect(load.index.figures.persons == 9000 + 40)
    }
}

/// An index under load, and what must be true of each search: held against what had been true when it began.
private final class Load: Sendable {
    struct State {
        var added: [GalleryKey: [Float]] = [:]
        var removed: Set<GalleryKey> = []
        var complaints: Set<String> = []
        var writers = 3
        var searches = 0
    }

    static let dimensions = 96
    let index: GalleryIndex
    let state = Mutex(State())
    private let target: [Float]
    /// Two forms of one template that is always there.
    private let forms: [[Float]]
    private let steady = key(1_000_000)

    init(_ storage: GalleryIndex.Storage) throws {
        var random = SeededGenerator(31)
        let target = random.vector(Self.dimensions)
        self.target = target
        forms = [random.vector(near: target, noise: 0.05), random.vector(near: target, noise: 0.06)]
        index = try GalleryIndex(dimensions: Self.dimensions, storage: storage)
        for number in 0..<9000 {
            let vector = random.vector(Self.dimensions)
            try index.insert(GalleryEntry(key: key(number), person: key(number), vector: vector))
        }
        try index.insert(GalleryEntry(key: steady, person: key(1), vector: forms[0]))
    }

    func attempt(_ body: () throws -> Void) {
        do { try body() } catch { complain("\(error)") }
    }

    func writerEnded() { state.withLock { $0.writers -= 1 } }

    private func complain(_ what: String) { state.withLock { _ = $0.complaints.insert(what) } }

    func addAndRemove(_ thread: Int) throws {
        var random = SeededGenerator(UInt64(thread) + 100)
        for number in 0..<3000 {
            let new = key(2_000_000 + thread * 100_000 + number)
            let vector = random.vector(near: target, noise: 0.5)
            try index.insert(GalleryEntry(key: new, person: new, vector: vector))
            state.withLock { $0.added[new] = vector }
            guard number >= 20 else { continue }
            let old = key(2_000_000 + thread * 100_000 + number - 20)
            state.withLock { $0.added[old] = nil }
            try index.remove(old)
            state.withLock { _ = $0.removed.insert(old) }
        }
    }

    func replace() throws {
        for number in 0..<6000 {
            try index.replace(GalleryEntry(key: steady, person: key(number), vector: forms[number % 2]))
        }
    }

    func search() throws {
        while state.withLock({ $0.writers > 0 }) {
            let before = state.withLock { $0 }
            let found = try index.search([target], limit: 60)[0]
            let after = state.withLock { state in
                state.searches += 1
                return state.added
            }
            let keys = Set(found.map(\.key))
            if !keys.isDisjoint(with: before.removed) { complain("a removed template") }
            if keys.count != found.count { complain("a template twice") }
            for (key, vector) in before.added where after[key] != nil {
                guard let match = found.first(where: { $0.key == key }) else {
                    complain("missed a template that was there")
                    continue
                }
                if abs(match.cosine - dot(target, vector)) > 1e-6 { complain("a torn vector") }
            }
            let own = found.first { $0.key == steady }?.cosine ?? -1
            if !forms.contains(where: { abs(dot(target, $0) - own) <= 1e-6 }) { complain("a torn or lost template") }
        }
    }
}
