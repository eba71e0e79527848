import ServiceClients
import Testing

struct BoundedCacheTests {
    @Test func neverHoldsMoreThanItsCapacity() {
        var cache = BoundedCache<Int, Int>(capacity: 100)
        for key in 0..<10_000 {
            cache[key] = key
            #expect(cache.count <= 100)
        }
        #expect(cache[9999] == 9999)
        #expect(cache[0] == nil)
    }

    @Test func whatIsUsedStays() {
        var cache = BoundedCache<Int, String>(capacity: 10)
        cache[-1] = "kept"
        for key in 0..<1000 {
            cache[key] = "other"
            #expect(cache[-1] == "kept")
        }
    }

    @Test func newValueReplacesTheOldInBothGenerations() {
        var cache = BoundedCache<Int, Int>(capacity: 4)
        for key in 0..<3 { cache[key] = key }
        cache[0] = 10
        #expect(cache[0] == 10)
        cache[0] = nil
        #expect(cache[0] == nil)
        cache.removeAll { $0 == 1 }
        #expect(cache[1] == nil)
        #expect(cache[2] == 2)
    }
}
