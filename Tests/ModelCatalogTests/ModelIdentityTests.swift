import ModelCatalog
import Testing

@Suite struct ModelIdentityTests {
    @Test(arguments: ["yunet@1", "nanodet_plus_m_1.5x@2024-05.rc1"])
    func whatIsPrintedIsRead(_ text: String) throws {
        #expect(try #require(ModelIdentity(text)).description == text)
    }

    @Test(arguments: ["", "m", "@1", "m@", "m@1@2", "m n@1", "../m@1", "m/n@1", "m@..", ".m@1", "ñ@1", "m@1\n"])
    func otherTextIsRefused(_ text: String) {
        #expect(ModelIdentity(text) == nil)
    }

    @Test func versionsSortByNumber() {
        let sorted = ["1", "01", "1.2", "1.10", "2", "10", "10-beta", "a"]
        let identities = sorted.shuffled().map { ModelIdentity(name: "m", version: $0) }.sorted()
        #expect(identities.map(\.version) == ["01", "1", "1.2", "1.10", "2", "10", "10-beta", "a"])
    }
}
