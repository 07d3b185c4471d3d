/* Runs the Lua script on standard input with Debian's static library (liblua5.4-dev). */
#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdio.h>

static int trace(lua_State *state) {
  luaL_traceback(state, state, lua_tostring(state, 1), 1);
  return 1;
}

int main(int count, char **words) {
  lua_State *state = luaL_newstate();
  luaL_openlibs(state);
  lua_createtable(state, count, 0);
  for (int i = 0; i < count; i++) lua_pushstring(state, words[i]), lua_rawseti(state, -2, i);
  lua_setglobal(state, "arg");
  lua_pushcfunction(state, trace);
  int failed = luaL_loadfile(state, NULL) || lua_pcall(state, 0, 1, 1);
  if (failed) fprintf(stderr, "%s\n", lua_tostring(state, -1));
  int status = failed ? 1 : (int)lua_tointeger(state, -1);
  lua_close(state);
  return status;
}
