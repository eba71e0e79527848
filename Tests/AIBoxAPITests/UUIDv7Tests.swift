import Foundation
import Testing

@testable import AIBoxAPI

struct UUIDv7Tests {
    @Test func identifiersMadeOneAfterTheOtherCompareInThatOrder() {
        let made = (0..<20_000).map { _ in UUIDv7() }
        #expect(zip(made, made.dropFirst()).allSatisfy { $0 < $1 })
        #expect(zip(made, made.dropFirst()).allSatisfy { $0.description < $1.description })
        #expect(Set(made).count == made.count)
    }

    @Test func identifiersMadeAtTheSameTimeByManyTasksAreDistinct() async {
        let made = await withTaskGroup(of: [UUIDv7].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in UUIDv7() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(made).count == 16_000)
    }

    @Test func theTextIsTheCanonicalFormOfVersion7() throws {
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        for _ in 0..<1000 {
            let text = UUIDv7().description
            #expect(try form.wholeMatch(in: text) != nil, "\(text)")
        }
    }

    @Test func textAndJSONGiveTheSameIdentifierBack() throws {
        let made = UUIDv7()
        #expect(UUIDv7(made.description) == made)
        #expect(UUIDv7(made.description.uppercased()) == made)
        let json = try JSONEncoder().encode([made])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(made.description)\"]")
        #expect(try JSONDecoder().decode([UUIDv7].self, from: json) == [made])
    }

    @Test func theExampleOfRFC9562IsReadWithItsTime() throws {
        let example = try #require(UUIDv7("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"))
        #expect(example.milliseconds == 1_645_557_742_000)
        #expect(example.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test func theTimeOfAnIdentifierIsWhenItWasMade() {
        let before = Timestamp.now
        let made = UUIDv7()
        let after = Timestamp.now
        // Identifiers made faster than four a microsecond step ahead of the clock, as other tests make them.
        #expect((before.milliseconds...after.milliseconds + 10).contains(made.milliseconds))
    }

    @Test(arguments: [
        "", "017f22e2", "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",  // version 4
        "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",  // another variant
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
    ])
    func anythingElseIsNoIdentifier(text: String) throws {
        #expect(UUIDv7(text) == nil)
        let json = try JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([UUIDv7].self, from: json) }
    }
}
