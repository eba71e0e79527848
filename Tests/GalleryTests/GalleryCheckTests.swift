import Testing

@testable import Gallery

struct GalleryCheckTests {
    private static func gallery() throws -> (index: GalleryIndex, entries: [GalleryEntry]) {
        var random = SeededGenerator(41)
        var entries: [GalleryEntry] = []
        for person in 0..<50 {
            let centre = random.vector(64)
            for number in 0..<6 {
                // One template of some persons is another's, and one person has a single template.
                let isStray = number == 3 && person % 10 == 4
                let vector = isStray ? random.vector(64) : random.vector(near: centre, noise: 0.5)
                entries.append(GalleryEntry(key: key(person * 10 + number), person: key(person), vector: vector))
            }
        }
        entries.append(GalleryEntry(key: key(5000), person: key(900), vector: random.vector(64)))
        entries.append(
            GalleryEntry(key: key(5001), person: key(901), vector: random.vector(near: entries[7].vector, noise: 0.1)))
        entries.append(GalleryEntry(key: key(6000), person: key(2), vector: entries[0].vector, isAnchor: true))
        let index = try GalleryIndex(dimensions: 64, storage: .memory)
        for entry in entries { try index.insert(entry) }
        return (index, entries)
    }

    @Test func `the check finds the strays and the nearest strangers, in as many calls as one likes`() throws {
        let (index, entries) = try Self.gallery()
        let faces = entries.filter { !$0.isAnchor }
        var strays: Set<GalleryKey> = []
        var pairs: [Set<GalleryKey>: Float] = [:]
        for face in faces {
            let own = faces.filter { $0.person == face.person && $0.key != face.key }.map {
                dot(face.vector, $0.vector)
            }
            if let best = own.max(), best < 0.5 { strays.insert(face.key) }
            for other in faces where other.person != face.person {
                pairs[[face.key, other.key]] = dot(face.vector, other.vector)
            }
        }
        #expect(strays.count == 5)
        let nearest = pairs.sorted { $0.value > $1.value }.prefix(8)

        let whole = try index.check(faces: .max, ownBelow: 0.5, pairs: 8, pairsFrom: -1)
        #expect(whole.examined == faces.count)
        #expect(whole.next == nil)
        #expect(Set(whole.strays.map(\.key)) == strays)
        #expect(whole.pairs.map { [$0.first, $0.second] } == nearest.map(\.key))
        #expect(whole.pairs.allSatisfy { $0.first < $0.second && $0.firstPerson != $0.secondPerson })

        var found: Set<GalleryKey> = []
        var examined = 0
        var position: Int? = 0
        while let start = position {
            let part = try index.check(from: start, faces: 37, ownBelow: 0.5, pairs: 8, pairsFrom: 0.9)
            #expect(part.examined <= 37)
            #expect(part.pairs.allSatisfy { $0.cosine >= 0.9 })
            found.formUnion(part.strays.map(\.key))
            examined += part.examined
            position = part.next
        }
        #expect(found == strays)
        #expect(examined == faces.count)
    }

    @Test func `a cancelled check ends`() throws {
        let (index, _) = try Self.gallery()
        var asked = 0
        #expect(throws: CancellationError.self) {
            try index.check(faces: .max, ownBelow: 0.5, pairs: 8, pairsFrom: 0) {
                asked += 1
                return asked > 3
            }
        }
        #expect(asked == 4)
    }
}
