/* An independent Modbus TCP server on libmodbus: unit 1 on 127.0.0.1, known registers, until it is stopped. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By hand: modbus_set_float_abcd of libmodbus 3.1.6 gives 66 43 00 40 on the wire for 230.25, which is 43 66 40 00. */
static void put_float(uint16_t *at, float value, int words_turned, int bytes_turned) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t word[2] = {bits >> 16, bits & 0xFFFF};
    for (int i = 0; i < 2; i++) {
        uint16_t w = word[words_turned ? 1 - i : i];
        at[i] = bytes_turned ? (uint16_t)(w << 8 | w >> 8) : w;
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    modbus_t *server = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    modbus_mapping_t *map = modbus_mapping_new(64, 64, 256, 256);
    if (!server || !map) return 3;

    for (int i = 0; i < 64; i++) {
        map->tab_bits[i] = i % 3 == 0;
        map->tab_input_bits[i] = i % 5 == 0;
    }
    for (int i = 0; i < 256; i++) {
        map->tab_registers[i] = (uint16_t)(i * 257);
        map->tab_input_registers[i] = (uint16_t)(65535 - i);
    }
    put_float(&map->tab_registers[100], 230.25f, 0, 0); /* ABCD */
    put_float(&map->tab_registers[102], -50.5f, 1, 0);  /* CDAB */
    put_float(&map->tab_registers[104], 0.15625f, 0, 1); /* BADC */
    put_float(&map->tab_registers[106], 1e10f, 1, 1);    /* DCBA */
    MODBUS_SET_INT32_TO_INT16(map->tab_registers, 108, -123456789);
    MODBUS_SET_INT64_TO_INT16(map->tab_registers, 110, -1234567890123456789LL);

    int listener = modbus_tcp_listen(server, 4);
    if (listener == -1) return 4;
    for (;;) {
        if (modbus_tcp_accept(server, &listener) == -1) return 5;
        uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
        for (;;) {
            int length = modbus_receive(server, query);
            if (length > 0) modbus_reply(server, query, length, map);
            else if (length == -1) break; /* the client left */
        }
        close(modbus_get_socket(server));
    }
}
