/* SHA-256 (FIPS 180-4) of a short message given in parts, as its first eight bytes. */
#ifndef TILLGATE_SHA256_H
#define TILLGATE_SHA256_H

#include <stddef.h>
#include <stdint.h>

static const uint32_t tg_sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t tg_sha_turn(uint32_t x, int bits) { return x >> bits | x << (32 - bits); }

static inline void tg_sha_block(uint32_t state[8], const uint8_t block[64]) {
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8
             | block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (tg_sha_turn(a, 7) ^ tg_sha_turn(a, 18) ^ a >> 3) + w[i - 7]
             + (tg_sha_turn(b, 17) ^ tg_sha_turn(b, 19) ^ b >> 10);
    }
    for (int i = 0; i < 8; i++) v[i] = state[i];
    for (int i = 0; i < 64; i++) {
        uint32_t one = v[7] + (tg_sha_turn(v[4], 6) ^ tg_sha_turn(v[4], 11) ^ tg_sha_turn(v[4], 25))
                     + ((v[4] & v[5]) ^ (~v[4] & v[6])) + tg_sha_k[i] + w[i];
        uint32_t two = (tg_sha_turn(v[0], 2) ^ tg_sha_turn(v[0], 13) ^ tg_sha_turn(v[0], 22))
                     + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        for (int k = 7; k > 0; k--) v[k] = v[k - 1];
        v[4] += one;
        v[0] = one + two;
    }
    for (int i = 0; i < 8; i++) state[i] += v[i];
}

/* The first eight bytes of the digest of salt, a zero byte and name, as a big-endian number. */
static inline uint64_t tg_salted_hash(const char *salt, size_t salt_size, const char *name, size_t name_size) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint8_t block[64];
    size_t size = salt_size + 1 + name_size, padded = (size + 9 + 63) / 64 * 64, at = 0;
    while (at < padded) {
        for (int i = 0; i < 64; i++, at++) {
            if (at < salt_size) block[i] = (uint8_t)salt[at];
            else if (at == salt_size) block[i] = 0;
            else if (at < size) block[i] = (uint8_t)name[at - salt_size - 1];
            else if (at == size) block[i] = 0x80;
            else if (at < padded - 8) block[i] = 0;
            else block[i] = (uint8_t)((uint64_t)size * 8 >> 8 * (padded - 1 - at));
        }
        tg_sha_block(state, block);
    }
    return (uint64_t)state[0] << 32 | state[1];
}

#endif
