# SPDX-License-Identifier: Apache-2.0
# One interface target carries every compiler and linker flag of the house.
add_library(vaka_flags INTERFACE)

target_compile_options(vaka_flags INTERFACE
	-Wall -Wextra -Wshadow -Wundef -Wdate-time
	-Wconversion            # a narrowed measurement is a wrong measurement
	-Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wredundant-decls -Wnested-externs -Wpointer-arith -Wwrite-strings -Wvla
	-Wimplicit-fallthrough -Wswitch-enum -Wcast-qual
	-fno-common -fvisibility=hidden)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	target_compile_options(vaka_flags INTERFACE
		-Wlogical-op -Wduplicated-cond -Wduplicated-branches)
endif()
if(VAKA_WERROR)
	target_compile_options(vaka_flags INTERFACE -Werror)
endif()
target_compile_definitions(vaka_flags INTERFACE
	_GNU_SOURCE _TIME_BITS=64 _FILE_OFFSET_BITS=64 VAKA_VERSION="${PROJECT_VERSION}")

if(VAKA_SANITIZE)
	target_compile_options(vaka_flags INTERFACE
		-fsanitize=${VAKA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(vaka_flags INTERFACE -fsanitize=${VAKA_SANITIZE})
else()
	target_compile_options(vaka_flags INTERFACE -fstack-protector-strong)
	if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
		target_compile_definitions(vaka_flags INTERFACE _FORTIFY_SOURCE=2)
	endif()
	target_link_options(vaka_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
endif()
if(VAKA_COVERAGE)
	target_compile_options(vaka_flags INTERFACE --coverage)
	target_link_options(vaka_flags INTERFACE --coverage)
endif()
if(VAKA_FUZZ)
	target_compile_options(vaka_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# vaka_library(NAME SOURCES… LIBS…): a folder of the house as a static library. A folder links only
# what it may include, so that a forbidden call fails to link in its unit tests.
function(vaka_library name)
	cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
	add_library(${name} STATIC ${ARG_SOURCES})
	target_link_libraries(${name} PUBLIC ${ARG_LIBS} PRIVATE vaka_flags)
	target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/daemon)
endfunction()

# vaka_program(NAME SOURCES… LIBS… [DESTINATION dir])
function(vaka_program name)
	cmake_parse_arguments(ARG "" "DESTINATION" "SOURCES;LIBS" ${ARGN})
	add_executable(${name} ${ARG_SOURCES})
	target_link_libraries(${name} PRIVATE ${ARG_LIBS} vaka_flags)
	target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/daemon)
	if(NOT ARG_DESTINATION)
		set(ARG_DESTINATION libexec/vaka)
	endif()
	install(TARGETS ${name} DESTINATION ${ARG_DESTINATION})
endfunction()

# vaka_test(NAME SOURCES… LIBS…): one cmocka program, run by ctest with the label "unit".
function(vaka_test name)
	cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
	if(NOT VAKA_TESTS)
		return()
	endif()
	add_executable(${name} ${ARG_SOURCES})
	target_link_libraries(${name} PRIVATE ${ARG_LIBS} vaka_flags PkgConfig::CMOCKA)
	target_compile_definitions(${name} PRIVATE VAKA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
	# cmocka's macros cast through integers and use a non-prototype setjmp.
	target_compile_options(${name} PRIVATE -Wno-conversion -Wno-cast-qual -Wno-redundant-decls)
	add_test(NAME ${name} COMMAND ${name})
	get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
	set_tests_properties(${name} PROPERTIES LABELS "unit;${folder}" SKIP_RETURN_CODE 77 TIMEOUT 120)
endfunction()
